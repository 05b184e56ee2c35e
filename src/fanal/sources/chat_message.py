"""Messages of a WhatsApp chat behind their headings: who wrote, what of it a person wrote, and which point it shares.

WhatsApp publishes no form, and writes its own words in the phone's language. They are told by their place where it
tells them: no name before them, an invisible mark first (iOS), a file's name of WhatsApp's own making. Only the
rest is told by words, in the languages below.
"""

import numpy as np
from numba import njit

from fanal.sources.day_period import blank, mark
from fanal.sources.heading import skip_blanks

NAME_START, NAME_END, TEXT_START, TEXT_END = range(4)
"""Where name and text stand. No name: a service message. No text: nothing that a person wrote."""

SPANS = 4

MAX_NAME_BYTES = 256
"""A longer name is none: the colon stands in the text of a service message."""

MAX_OWN_BYTES = 200
"""A line that begins with a mark and is no longer is WhatsApp's own. Longer ones are read: a forwarded text may
begin with the mark that its writer's keyboard set, and a plea must not be lost."""

MAX_LABEL_BYTES = 64
"""So many bytes may stand before the link of a shared point."""

PLACEHOLDERS = (
    *("<Media omitted>", "image omitted", "video omitted", "audio omitted", "sticker omitted", "GIF omitted"),
    *("document omitted", "Contact card omitted", "video note omitted", "This message was deleted"),
    *(
        "You deleted this message",
        "Missed voice call",
        "Missed video call",
        "<View once voice message omitted>",
    ),
    *("Waiting for this message", "Waiting for this message. This may take a while"),
    *("<Médias omis>", "image absente", "vidéo absente", "audio omis", "sticker omis", "GIF retiré"),
    *("document omis", "Ce message a été supprimé", "Vous avez supprimé ce message"),
    *("<تم استبعاد الوسائط>", "تم حذف هذه الرسالة", "لقد حذفت هذه الرسالة", "حذفت هذه الرسالة"),
    *("<Medya dahil edilmedi>", "görüntü dahil edilmedi", "video dahil edilmedi", "ses dahil edilmedi"),
    *("Çıkartma dahil edilmedi", "belge dahil edilmedi", "GIF dahil edilmedi", "kişi kartı dahil edilmedi"),
    *("Bu mesaj silindi", "Bu mesajı sildiniz"),
    *("<Medien ausgeschlossen>", "<Medien weggelassen>", "Bild weggelassen", "Video weggelassen"),
    *("Audio weggelassen", "Sticker weggelassen", "GIF weggelassen", "Dokument weggelassen"),
    *("Diese Nachricht wurde gelöscht", "Du hast diese Nachricht gelöscht"),
    *("<Multimedia omitido>", "imagen omitida", "video omitido", "audio omitido", "sticker omitido"),
    *("GIF omitido", "documento omitido", "Se eliminó este mensaje", "Eliminaste este mensaje"),
    *("<Без медиафайлов>", "изображение отсутствует", "видео отсутствует", "аудиофайл отсутствует"),
    *(
        "стикер отсутствует",
        "документ отсутствует",
        "Данное сообщение удалено",
        "Вы удалили данное сообщение",
    ),
    *("<Mídia oculta>", "<Arquivo de mídia oculto>", "Mensagem apagada", "Você apagou esta mensagem"),
)
"""What stands in place of media and of deleted messages, without a full stop, as exports of phones in English, French,
Arabic, Turkish, German, Spanish, Russian and Portuguese have it."""

EDITED = (
    *("<This message was edited>", "<Ce message a été modifié>", "<تم تعديل هذه الرسالة>"),
    *("<Bu mesaj düzenlendi>", "<Diese Nachricht wurde bearbeitet>", "<Se editó este mensaje>"),
    *("<Сообщение изменено>", "<Данное сообщение изменено>", "<Mensagem editada>"),
)
"""What stands behind an edited text; a full stop before the last bracket is passed over."""

ATTACHED = (
    *("(file attached)", "(fichier joint)", "(الملف مرفق)", "(ملف مرفق)", "(dosya ekli)"),
    *("(Datei angehängt)", "(archivo adjunto)", "(файл добавлен)", "(arquivo anexado)"),
)
"""What stands behind the name of a file that Android hands over beside the chat."""

LINK = b"https://maps.google.com/?q="
"""How the link of a shared point begins; latitude, a comma and longitude follow, in degrees."""

_LINK = np.frombuffer(LINK, np.uint8)


def _table(phrases: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return phrases as bytes one behind the other, and where each begins."""
    rows = [phrase.encode() for phrase in phrases]
    return np.frombuffer(b"".join(rows), np.uint8), np.cumsum([0, *map(len, rows)])


_OWN, _OWN_BOUNDS = _table(PLACEHOLDERS)
_EDIT, _EDIT_BOUNDS = _table(tuple(phrase.removesuffix(">") for phrase in EDITED))
_FILE, _FILE_BOUNDS = _table(ATTACHED)


@njit(cache=True, nogil=True)
def _is_one_of(data, at, end, phrases, bounds):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Tell whether these bytes are one of the phrases."""
    size = end - at
    for row in range(len(bounds) - 1):
        begin = bounds[row]
        if bounds[row + 1] - begin != size or phrases[begin] != data[at]:
            continue
        same = True
        for k in range(size):
            same &= phrases[begin + k] == data[at + k]
        if same:
            return True
    return False


@njit(cache=True, nogil=True)
def _trimmed(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the end without the blanks, marks and ends of lines before it."""
    while end > at:
        byte = data[end - 1]
        step = 0
        if byte in (10, 13, 32, 9):
            step = 1
        elif byte >= 0x80 and end - 2 >= at:
            if data[end - 2] in (0xC2, 0xD8) and blank(data, end - 2, end) + mark(data, end - 2, end) == 2:
                step = 2
            elif end - 3 >= at and blank(data, end - 3, end) + mark(data, end - 3, end) == 3:
                step = 3
        if step == 0:
            break
        end -= step
    return end


@njit(cache=True, nogil=True)
def _quote(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the bytes of the quotation mark that begins here; 0: none."""
    if data[at] == 34:
        return 1
    if data[at] == 0xE2 and at + 2 < end and data[at + 1] == 0x80 and data[at + 2] in (0x9C, 0x9D, 0x9E):
        return 3
    if data[at] == 0xC2 and at + 1 < end and data[at + 1] in (0xAB, 0xBB):
        return 2
    return 0


@njit(cache=True, nogil=True)
def _colon(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return where the colon behind the name stands, or -1 for a line without a name.

    A colon is followed by a blank or by the end of the line. One inside a quotation that opened behind a blank
    belongs to a service message, such as one about a group's new subject.
    """
    stop = min(end, at + MAX_NAME_BYTES)
    open_quote = False
    begin = at
    while at < stop and data[at] not in (10, 13):
        step = _quote(data, at, end)
        if step:
            open_quote = at > begin and data[at - 1] == 32
            at += step
            continue
        if data[at] == 58 and (at + 1 == end or data[at + 1] in (32, 10, 13) or blank(data, at + 1, end)):
            return -1 if open_quote else at
        at += 1
    return -1


@njit(cache=True, nogil=True)
def _without_tails(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the end of a text without what WhatsApp set behind it in angle brackets."""
    for _ in range(2):
        if end == at or data[end - 1] != 62:
            break
        begin = end - 1
        while begin > at and data[begin] not in (60, 10) and end - begin < 256:
            begin -= 1
        if data[begin] != 60:
            break
        marked = begin - 3 >= at and mark(data, begin - 3, begin) == 3
        last = end - 2 if data[end - 2] == 46 else end - 1
        if not (marked or _is_one_of(data, begin, last, _EDIT, _EDIT_BOUNDS)):
            break
        end = _trimmed(data, at, begin)
    return end


@njit(cache=True, nogil=True)
def _is_file(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Tell whether a line names a file that was handed over beside the chat."""
    if end - at < 12 or data[end - 1] != 41:
        return False
    begin = end - 1
    while begin > at and data[begin] != 40:
        begin -= 1
    if data[begin] == 40 and _is_one_of(data, begin, end, _FILE, _FILE_BOUNDS):
        return True
    # IMG-20201231-WA0007.jpg, in whatever language the brackets are.
    for k in range(at, min(begin, at + 32) - 7):
        if data[k] == 45 and data[k + 1] == 87 and data[k + 2] == 65 and data[k + 7] == 46:
            digits = True
            for d in range(k + 3, k + 7):
                digits &= 48 <= data[d] <= 57
            if digits:
                return True
    return False


@njit(cache=True, nogil=True)
def _degrees(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read a decimal number; return it and the byte behind it (-1: no number)."""
    sign = 1.0
    if at < end and data[at] == 45:
        sign = -1.0
        at += 1
    whole = 0
    scale = 0
    digits = 0
    while at < end and digits < 18 and (48 <= data[at] <= 57 or (data[at] == 46 and scale == 0)):
        if data[at] == 46:
            scale = 1
        else:
            whole = whole * 10 + (data[at] - 48)
            scale *= 10
            digits += 1
        at += 1
    if digits == 0 or (at < end and 48 <= data[at] <= 57):
        return 0.0, -1
    return sign * whole / max(scale, 1), at


@njit(cache=True, nogil=True)
def _point(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return longitude and latitude of a text that is a label and the link of a point, and whether it is one."""
    size = len(_LINK)
    for begin in range(at, min(at + MAX_LABEL_BYTES, end - size) + 1):
        if data[begin] == 10:
            break
        if data[begin] != 104:
            continue
        same = True
        for k in range(size):
            same &= data[begin + k] == _LINK[k]
        if same:
            lat, behind = _degrees(data, begin + size, end)
            if behind < 0 or behind >= end or data[behind] != 44:
                return 0.0, 0.0, False
            lon, behind = _degrees(data, behind + 1, end)
            return lon, lat, behind == end
    return 0.0, 0.0, False


@njit(cache=True, nogil=True)
def read_message(data, at, end, marks, spans, point):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, C901
    """Write the spans of name and text of a message, and its point; tell whether it shares one.

    Args:
        data: bytes.
        at: where the heading ends.
        end: where the message ends.
        marks: whether a mark before a short line says that WhatsApp wrote it, as on iOS.
        spans: gets NAME_START to TEXT_END.
        point: gets longitude and latitude, in degrees, where the message shares a point.
    """
    for k in range(SPANS):
        spans[k] = 0
    at = skip_blanks(data, at, end)
    colon = _colon(data, at, end)
    name_end = _trimmed(data, at, colon) if colon >= 0 else at
    if name_end == at:
        return False
    spans[0], spans[1] = at, name_end
    at = colon + 1
    while at < end and (blank(data, at, end) or data[at] in (10, 13)):
        at += max(blank(data, at, end), 1)
    marked = at + 2 < end and data[at] == 0xE2 and data[at + 1] == 0x80 and data[at + 2] == 0x8E
    end = _trimmed(data, at, end)
    first = skip_blanks(data, at, end)
    end = _without_tails(data, first, end)
    if first >= end:
        return False
    line_end = first
    while line_end < end and data[line_end] != 10:
        line_end += 1
    if line_end == end:
        point[0], point[1], shares = _point(data, first, end)
        if shares:
            spans[2], spans[3] = first, end
            return True
        if marks and marked and end - first <= MAX_OWN_BYTES:
            return False
        last = end - 1 if data[end - 1] == 46 else end
        if _is_one_of(data, first, last, _OWN, _OWN_BOUNDS):
            return False
    if _is_file(data, first, _trimmed(data, first, line_end)):
        first = skip_blanks(data, min(line_end + 1, end), end)
        if first == end:
            return False
    spans[2], spans[3] = first, end
    return False
