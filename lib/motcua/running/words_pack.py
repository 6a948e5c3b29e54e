"""What the hand-over packages say of themselves."""

from __future__ import annotations

from motcua.papers.words_letter import SYNTHETIC, SYNTHETIC_NOTE

LEADERSHIP, INTERNAL = "lanh-dao", "noi-bo"
TITLES = {
    LEADERSHIP: "GÓI GỬI LÃNH ĐẠO",
    INTERNAL: "GÓI NỘI BỘ - HẠN CHẾ",
}
WHO = {
    LEADERSHIP: (
        "Dành cho: lãnh đạo UBND thành phố, Văn phòng và các phòng có tên trong công văn.",
        "Không có số liệu đến từng hồ sơ; không có tên, mã của công chức, người dân.",
    ),
    INTERNAL: (
        "CHỈ dành cho: Phòng Nội vụ; và UBND phường, xã đối với riêng tệp của phường, xã mình.",
        "Có mã hồ sơ và giá trị của các ô dữ liệu sai, nên thuộc diện hạn chế theo quy định về bảo vệ "
        "dữ liệu cá nhân.",
        "Không chuyển tiếp cả gói cho phường, xã; chỉ gửi cho mỗi đơn vị tệp wards/MÃ.html của đơn vị đó.",
        "Không đăng lên mạng, không gửi qua ứng dụng nhắn tin cá nhân; xóa khi không còn cần.",
    ),
}
FILES = {
    "report.html": "báo cáo; mở bằng trình duyệt, không cần mạng",
    "cong-van.docx": "công văn dự thảo; số, ngày để trống",
    "phu-luc.xlsx": "phụ lục số liệu",
    "letter_trace.csv": "nguồn của từng số trong công văn",
    "findings.json": "mọi con số, cho chương trình khác đọc",
    "findings/": "các bảng số liệu dạng CSV và datapackage.json",
    "wards/": "phiếu của từng phường, xã",
    "rejected.csv": "dòng dữ liệu phải để riêng và lý do",
    "han-che/": "phụ lục hạn chế",
    "manifest.json": "danh sách tệp trong gói và mã kiểm tra SHA-256",
}
MADE = "Lập từ kết quả {month} (kỳ {period}) bằng motcua {version}."
SYNTHETIC_LINE = f"{SYNTHETIC}: {SYNTHETIC_NOTE}."


def readme(pack: str, names: list[str], made: str, synthetic: bool) -> str:
    """Text of README.txt of a package: what it is, who may read it, what is in it."""
    present = [
        (name, what)
        for name, what in FILES.items()
        if any(n == name or (name.endswith("/") and n.startswith(name)) for n in names)
    ]
    lines = [
        TITLES[pack],
        *([SYNTHETIC_LINE] if synthetic else []),
        made,
        "",
        *WHO[pack],
        "",
        "Trong gói có:",
        *(f"- {name}: {what}" for name, what in present),
    ]
    return "\r\n".join(lines) + "\r\n"
