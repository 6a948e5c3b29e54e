"""Soạn thư gửi lãnh đạo sau khi công bố một tháng: tệp .eml có đính kèm tóm tắt, báo cáo.

Đặt trong params: `after_publish: ["python docs/examples/gui_thu.py lanhdao@example.vn"]`. Tệp .eml
nằm cạnh thư mục của tháng; mở bằng chương trình thư rồi bấm gửi. Không gửi gì ra ngoài.
"""

import mimetypes
import os
import sys
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

ATTACHED = ("tom-tat.pdf", "report.html", "cong-van.docx")

folder, month = Path(os.environ["MOTCUA_FOLDER"]), os.environ["MOTCUA_MONTH"]
letter = EmailMessage(policy=SMTP)
letter["To"] = ", ".join(sys.argv[1:])
letter["Subject"] = f"Kết quả giải quyết hồ sơ thủ tục hành chính tháng {month[5:]}/{month[:4]}"
letter["X-Unsent"] = "1"  # mở ra là thư nháp
letter.set_content(os.environ["MOTCUA_HEADLINE"] + "\n\nTrân trọng.\n")
for name in ATTACHED:
    file = folder / name
    if file.is_file():
        kind, _, more = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        letter.add_attachment(file.read_bytes(), kind, more, filename=name)
(folder.parent / f"{month}.eml").write_bytes(letter.as_bytes())
