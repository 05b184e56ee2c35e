#!/bin/sh
# Put a stream of your own through Fanal: from a CSV file to what may be public. Run it from any empty folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

fanal init w --facts iraq                        # a workspace with the layers of Iraq that ship with Fanal
fanal -w w read "$here/posts/market.csv"         # 4 posts, one without text, one rejected: its time has no zone
fanal -w w status --rejects                      # the file, the line and the reason of each rejected row
fanal -w w update                                # counts, hotspots and index; through the gate
fanal -w w serve --out page                      # the page, as files
fanal -w w release --out open-data               # open data, as files
