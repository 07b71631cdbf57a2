"""The words of an answer, folded: what closes, what hedges, what is only said along."""

import re


def _any(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b")


_ABBREVIATED = {
    "k": "khong", "ko": "khong", "kg": "khong", "hok": "khong", "hong": "khong", "khg": "khong", "hem": "khong",
    "kh": "khong", "khoong": "khong", "chx": "chua", "r": "roi", "rui": "roi", "ruoi": "roi", "ht": "hoan thanh",
    "bc": "bao cao", "cv": "cong van", "vb": "van ban", "xog": "xong", "xg": "xong", "xongg": "xong", "dag": "dang",
    "okie": "ok", "oke": "ok", "okay": "ok", "oki": "ok", "okela": "ok", "uk": "ok", "uh": "ok", "kk": "kho khan",
    "tks": "cam on", "thanks": "cam on", "thank": "cam on", "file": "tep", "email": "mail", "dk": "du kien",
}  # fmt: skip
_WORD = re.compile(r"[a-z]+(?:/[a-z]+)?")


def spelled(folded: str) -> str:
    """Abbreviations written out, `đ/c` and punctuation gone, spaces single."""
    text = _WORD.sub(lambda word: _ABBREVIATED.get(word.group(), word.group()), folded)
    return " ".join(_PUNCTUATION.sub(" ", text).split())


_PUNCTUATION = re.compile(r"\bd/c\b|\bv/v\b|[^\w\s%/.,?]|[.,](?!\d)|(?<!\d)[.,]|(?<!\d)/|/(?!\d)|_")

CLOSING = _any(
    r"xong xuoi|xong het|xong|song roi|hoan thanh|hoan tat|done|"
    r"(?:da|vua|vua moi|moi) (?:gui|nop|chuyen|bao cao|ban hanh|phat hanh|thuc hien|to chuc)"
)
SENDING = _any(r"gui|nop|chuyen|bao cao|ban hanh|phat hanh|lam|thuc hien|trien khai|to chuc|ky")
ALREADY = _any(r"roi|da|vua")

HEDGE = _any(
    r"chua|khong|sap|gan|co ban|nhung|con|moi|mot phan|phan(?! hoi| mem| cong)|phan lon|hau het|da so|mot nua|mot so|"
    r"du kien|se|dang|chuan bi|khoang|co le|chac|hinh nhu|co the|neu|tam|tuong doi|so bo|du thao|ban thao|"
    r"ban nhap|dinh|can|phai|thieu|tru|ngoai tru|hua|co gang|giai doan|buoc|it|nua"
)
UNSURE = _any(r"chac|co le|co the|neu|hinh nhu|khong biet|hoac|hay la|chua ro")
DIFFICULT = _any(
    r"kho khan|vuong|vuong mac|ket|tro ngai|khong kip|chua kip|khong the|khong lam duoc|chua lam duoc|qua tai|"
    r"thieu (?:so lieu|nguoi|nhan luc|can bo|kinh phi|thong tin)"
)
NOT_DIFFICULT = _any(r"(?:khong|chua|het)(?: co| thay| gap| phat sinh| gi)* (?:vuong mac|vuong|kho khan|tro ngai)")
SIGNING = _any(
    r"trinh ky|(?:cho|doi) (?:\w+ ){0,2}ky|(?:dang|da|moi|vua) trinh|"
    r"trinh \w+ ky|trinh (?:lanh dao|giam doc|truong phong|sep|thu truong)"
)
WORKING = _any(r"dang|soan|tong hop|hoan thien|chuan bi|ra soat|trien khai")
AT_WORK = re.compile(
    r"(?:da |vang |em |toi |ben em |don vi )*dang (?:lam|thuc hien|soan|tong hop|hoan thien|trien khai|chuan bi|"
    r"ra soat|xu ly|xay dung)\b"
)
PROMISING = _any(r"hen|du kien|se|xin|gui|nop|xong|hoan thanh|hoan tat|bao cao|lam|co|trinh|truoc|cham nhat")
EXTENSION = _any(
    r"gia han|(?:xin|de nghi|cho)(?: \w+)? (?:lui|hoan|doi ngay|doi han)|lui (?:den|toi|sang|han|ngay|thoi)|lui|"
    r"keo dai|doi han|them thoi gian|them (?:may|vai|\d+) ngay"
)
NOTHING = _any(r"(?:khong|0) (?:co )?(?:noi dung |vu viec |truong hop |ho so |gi )?(?:nao )?phat sinh")
SAME = _any(
    r"(?:van )?nhu (?:ky|lan|thang|quy|nam|dot|bao cao) truoc|(?:van )?nhu cu|giu nguyen|van (?:the|vay)|"
    r"khong (?:co )?(?:gi )?thay doi"
)
OUTSIDE = _any(r"(?:nop|gui|bao cao)? ?(?:\w+ )?ngoai he thong")
BY_AXIS = _any(r"(?:qua|tren|theo) truc(?: lien thong)?")
LETTER_WORD = _any(r"cong van|van ban")
ACKNOWLEDGED = _any(
    r"nhan duoc|tiep nhan|nhan|ro|biet|nam duoc|nam|ok|vang|da ro|da biet|tuan lenh|chap hanh|noted|nhat tri|dong y"
)
THANKS = _any(r"cam on|cam on nhieu|xin cam on|tran trong")
QUESTION = _any(
    r"bao gio|khi nao|the nao|lam sao|nhu nao|ra sao|sao roi|co phai|duoc khong|hay chua|khong nhi|la gi|o dau|"
    r"may gio|ngay nao|nhu the nao|den dau"
)
ASKS_WHETHER_DONE = re.compile(
    r"\b(?:xong|gui|nop|hoan thanh|bao cao|co|lam|nhan duoc|nhan) (?:\w+ ){0,2}chua(?: a| nhi| vay| the)*$"
)
UNDO = re.compile(
    r"(?:(?:xin |de nghi |cho |em )*(?:huy|huy bo|sua|sua lai|nham|nham roi|bi nham|gui nham|bam nham|go nham|ghi nham|"
    r"viet nham|rut lai|thu hoi|undo|xoa)(?: noi dung| so lieu| ket qua| bao cao| cau tra loi| vua roi| vua gui"
    r"| vua ghi| lai| roi| di| bo| giup| truoc| a| nhe)*)"
)
CORRECTION = re.compile(
    r"^(?:xin |em |cho |de nghi )*(?:sua|sua lai|sua thanh|nham|dinh chinh|dieu chinh)(?: so lieu| thanh| lai| la)*\s+"
)

FILLER = _any(
    r"roi|a|ah|da|nhe|nha|nhi|vang|ok|em|e|toi|minh|don vi|co quan|ben|chung toi|ben em|bao cao|van ban|cong van|"
    r"tep|anh|chi|c|dong chi|thua|sep|bot|oi|nay|ban ky|ban giay|ban cung|ban mem|ban chinh|ho so|day du|du|het|"
    r"toan bo|tat ca|len|cho|toi|den|ve|qua|bang|vao|khoi|cum|truong khoi|thuong truc|khoi truong|mail|zalo|buu dien|"
    r"duong|hom|luc|ngay|cung|thi|la|duoc|dung|theo|quy dinh|han|thoi han|dung han|bo phan|giup viec|va|viec|"
    r"nhiem vu|nhe|xin|kinh|so|gui|nop|chuyen|ky|lam|thuc hien|moi|vua|sang|chieu|sang nay|chieu nay|bao|dat|hien|"
    r"hien tai|hien nay|xin phep|cam on|nhieu|lien thong|truc|nhan duoc|thong tin|tin|dau moi|phong|ket qua|so lieu|"
    r"the|lai|nua|ngay va|dien tu|thu|he thong|tren|dai|noi vu|tai"
)
FIGURE_FILLER = _any(
    r"roi|a|ah|da|nhe|nha|em|don vi|ben|duoc|dat|la|bang|khoang|tam|chung|moi|len|den|toi|hien|hien tai|hien nay|"
    r"tien do|ket qua|so lieu|xong|hoan thanh|thuc hien|lam|uoc|gan|hon|tren|bao cao|gui|thi|co|nay|lai|cap nhat|"
    r"ty le|ti le|dang|o|muc|cung|vang|dong chi|anh|chi|sua|thanh|dung ra|phan tram"
)
PROMISE_FILLER = _any(
    r"hen|du kien|se|truoc|cham nhat|vao|trong|khoang|tam|xong|hoan thanh|hoan tat|trinh|co|bao cao|cuoi|dau|moi|ra"
)


def left_over(text: str, *known: re.Pattern[str]) -> str:
    """What remains of a text once known words are taken out."""
    for pattern in known:
        text = pattern.sub(" ", text)
    return " ".join(text.replace("?", " ").split())


_YES = "1 da vang dung phai ok oke okie co chinh xac dong y xac nhan nhat tri chuan u uh roi a nhe the duoc"
_FIRMLY_NO = "2 0 khong ko k sai nham huy thoi chua bo"
_THEN = "qua dung phai a nhe roi vay day dong y xac nhan nhat tri thuc hien gui nua"
_YES_WORDS, _FIRM = frozenset(_YES.split()), frozenset(_FIRMLY_NO.split())
_NO_WORDS = _FIRM | frozenset(_THEN.split())


def yes_or_no(folded: str) -> bool | None:
    """Whether a short text affirms, denies, or does neither."""
    said = re.findall(r"\w+", folded[:80])
    if not said or len(said) > 6:
        return None
    if _YES_WORDS.issuperset(said):
        return True
    return False if _NO_WORDS.issuperset(said) and said[0] in _FIRM else None
