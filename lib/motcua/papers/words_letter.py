"""Sentences of the draft letter: structure and register of letter 1522/UBND-THNC, generalised.

{names} are values that `letter` fills in. Words between ** are bold, between __ italic.
"""

from __future__ import annotations

from motcua.base.vietnamese import NBSP

DRAFT = "DỰ THẢO"
SYNTHETIC = "DỮ LIỆU MÔ PHỎNG"
SYNTHETIC_NOTE = "không phải số liệu thật, không sử dụng để ban hành"
MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
TO, COPIES_TO = "Kính gửi:", "Nơi nhận:"
BLANK_NUMBER, BLANK_DATE = "……", "…/…/{year}"

ABOUT = "V/v kết quả giải quyết hồ sơ thủ tục hành chính tháng {month} tại UBND {n} {units}"
UNITS_RECIPIENT = "UBND {n} {units}"
DATE_LINE = "{place}, ngày      tháng      năm {year}"

# Grounds ---------------------------------------------------------------------------------------
LEGAL = "{kind} số {number} ngày {date} của {issuer} về {title}"
AMENDED = " (được sửa đổi, bổ sung bởi {kind} số {number} ngày {date})"
PLAN = "Kế hoạch số {number} ngày {date} của {issuer} về {title} năm {year}"
BLANK_PLAN = "……/KH-UBND"
BLANK_REPORT = "……/VP"
GROUNDS = "Căn cứ {grounds};"

# What was found --------------------------------------------------------------------------------
FOUND = (
    "Qua xem xét báo cáo kết quả giải quyết thủ tục hành chính tháng {month} (số liệu từ ngày "
    "{start} đến ngày {end}) tại UBND {n} {units}: {totals} (chi tiết tại Phụ lục kèm theo). {praise}"
)
TOTALS = (
    "đã giải quyết {resolved} hồ sơ, gồm {on_time} hồ sơ đúng hạn và {late} hồ sơ trễ hạn; tỷ lệ "
    "giải quyết đúng hạn đạt {rate}{convention}; ngoài ra còn {open_overdue} hồ sơ đang giải quyết "
    "đã quá hạn"
)
CONVENTION = " (tính theo {label})"
NO_TOTALS = "không phát sinh hồ sơ đã giải quyết trong kỳ"
PRAISE = (
    "Ghi nhận một số {units} đã triển khai thực hiện tốt công tác giải quyết thủ tục hành chính cho "
    "người dân, tổ chức theo cơ chế một cửa, một cửa liên thông{named}"
)
FAULTS_FOLLOW = "; tuy nhiên bên cạnh đó vẫn còn một số đơn vị thực hiện chưa đảm bảo, cụ thể:"
FAULTS_ALONE = "Vẫn còn một số đơn vị thực hiện chưa đảm bảo, cụ thể:"
NO_FAULTS = "Trong kỳ không có đơn vị nào bị nêu tên vì các tồn tại, hạn chế được theo dõi."

# list of findings.json -> sentence, and what stands behind each unit's name
FAULTS = {
    "below_threshold": "{n} đơn vị có tỷ lệ giải quyết dưới {threshold}: {named}",
    "forgot_to_close": "{n} đơn vị có tình trạng công chức quên bấm kết thúc hồ sơ dẫn đến trễ hạn "
    "trên phần mềm {software}: {named}",
    "feedback": "{n} đơn vị có công chức bị phản ánh trên {channels} liên quan đến giải quyết thủ "
    "tục hành chính: {named}",
    "urban_management": "{n} đơn vị trễ hạn hồ sơ cấp số nhà do {urban_management} xử lý hồ sơ "
    "không đảm bảo thời gian, làm giảm tỷ lệ của các đơn vị: {named}",
    "software_error": "{n} đơn vị bị lỗi phần mềm không kết thúc được hồ sơ dẫn tới trễ hạn nhưng "
    "không được xử lý kịp thời: {named}",
}
DOSSIERS, COMPLAINTS = f"{{n}}{NBSP}hồ{NBSP}sơ", f"{{n}}{NBSP}phản{NBSP}ánh"
REQUEST = (
    "Từ những tồn tại, hạn chế nêu trên, xét đề nghị của {office} tại Văn bản số {number} ngày "
    "{date}, {directed_by} chỉ đạo như sau:"
)
REQUEST_WITHOUT_FAULTS = (
    "Để tiếp tục nâng cao chất lượng giải quyết thủ tục hành chính, xét đề nghị của {office} tại "
    "Văn bản số {number} ngày {date}, {directed_by} chỉ đạo như sau:"
)

# The orders, by their key in data/reference/orders.yaml -------------------------------------------
REPEATED_ALL = " (nội dung này {issuer} đã chỉ đạo nhiều lần nhưng chưa khắc phục)"
REPEATED_SOME = (
    " (riêng {repeated}: nội dung này {issuer} đã chỉ đạo nhiều lần nhưng chưa khắc phục)"
)
ORDERS = {
    "below_threshold": "Đối với các đơn vị có tỷ lệ giải quyết hồ sơ dưới {threshold} ({named}): Tập "
    "trung chỉ đạo, rà soát nguyên nhân, triển khai các giải pháp để thực hiện đảm bảo đạt tỷ lệ trên "
    "{threshold}; thực hiện kiểm tra kết quả giải quyết hồ sơ hằng ngày, hằng tuần để kịp thời chấn "
    "chỉnh, xử lý{repeated}.",
    "forgot_to_close": "Đối với các đơn vị thường xuyên quên thao tác kết thúc hồ sơ ({named}): Kịp "
    "thời chấn chỉnh công chức được giao nhiệm vụ tiếp nhận và giải quyết hồ sơ, khắc phục ngay tình "
    "trạng trả kết quả nhưng quên bấm kết thúc dẫn đến trễ hạn hồ sơ, làm giảm tỷ lệ của đơn vị; "
    "trường hợp tái phạm từ {repeat_from} lần trở lên phải có biện pháp xử lý; kết quả xử lý phải được "
    "công khai trong nội bộ cơ quan và báo cáo {home_affairs} để theo dõi mức độ chuyển biến của đơn "
    "vị, làm cơ sở đánh giá xếp loại công vụ hằng năm{repeated}.",
    "feedback": "Đối với các đơn vị có phản ánh thái độ công chức trên {channels} ({named}): Chỉ đạo "
    "rà soát, yêu cầu công chức giải trình cụ thể; trên cơ sở giải trình của công chức, đề xuất biện "
    "pháp xử lý theo quy định (__nếu có vi phạm__), kết quả xử lý phải được công khai trong tập thể "
    "UBND {units} đồng gửi {home_affairs} để theo dõi{repeated}.",
    "apologies": "Giao Chủ tịch UBND {n} {units}: Chỉ đạo thực hiện giải quyết thủ tục hành chính cho "
    "người dân đúng quy định; công chức được giao giải quyết hồ sơ phải hướng dẫn tận tình, rõ ràng, "
    "dễ hiểu; nghiêm cấm việc cản trở, gây phiền hà, gây khó dễ hoặc yêu cầu người dân nộp các giấy tờ "
    "ngoài quy định, tránh phát sinh phản ánh của người dân trên {channels}; các trường hợp giải quyết "
    "và trả hồ sơ trễ hạn hoặc bị phản ánh thái độ, yêu cầu các đơn vị thực hiện trách nhiệm **xin lỗi "
    "người dân**; trường hợp hồ sơ trễ hạn do lỗi công chức quên bấm kết thúc hoặc lỗi phần mềm phải "
    "có tài liệu minh chứng, báo cáo {issuer} xem xét, chỉ đạo; đồng thời có biện pháp xử lý đối với "
    "các trường hợp công chức tái phạm nhiều lần.",
    "urban_management": "Giao {urban_management}: Chỉ đạo rà soát quy trình xử lý hồ sơ cấp số nhà cho "
    "các {units}, trước hết là hồ sơ của {named}, đảm bảo xử lý đúng thời gian thủ tục hành chính quy "
    "định; trường hợp giải quyết trễ hạn phải chủ động thông báo {units} biết để có văn bản xin lỗi "
    "người dân theo quy định.",
    "software_error": "Giao {software_party}: Chủ trì, làm đầu mối hướng dẫn, hỗ trợ các {units} xử lý "
    "các trường hợp lỗi hệ thống, lỗi phần mềm, trước hết là tại {named}; hoặc báo cáo Trung tâm công "
    "nghệ thông tin, các sở, ngành của tỉnh hỗ trợ kịp thời đối với các nội dung vượt thẩm quyền.",
    "monitoring": "Giao {home_affairs}: Theo dõi tiến độ xử lý, khắc phục của các đơn vị được giao "
    "nhiệm vụ nêu trên, đồng thời tăng cường công tác kiểm tra cải cách hành chính, kiểm soát thủ tục "
    "hành chính tại {n} {units} để kịp thời chấn chỉnh các địa phương, làm căn cứ đánh giá mức độ hoàn "
    "thành công vụ năm {year}.",
}
# What a point to a division says in a month that names no unit in it; other points are left out.
ORDERS_WITHOUT_UNITS = {
    "urban_management": "Giao {urban_management}: Tiếp tục đảm bảo xử lý hồ sơ cấp số nhà cho các "
    "{units} đúng thời gian thủ tục hành chính quy định; trường hợp giải quyết trễ hạn phải chủ động "
    "thông báo {units} biết để có văn bản xin lỗi người dân theo quy định.",
    "software_error": "Giao {software_party}: Tiếp tục làm đầu mối hướng dẫn, hỗ trợ các {units} xử lý "
    "các trường hợp lỗi hệ thống, lỗi phần mềm (nếu có); hoặc báo cáo Trung tâm công nghệ thông tin, "
    "các sở, ngành của tỉnh hỗ trợ kịp thời đối với các nội dung vượt thẩm quyền.",
}
CLOSING = (
    "{directed_by} đề nghị các đơn vị nghiêm túc thực hiện; quá trình thực hiện có khó khăn, vướng "
    "mắc, các đơn vị báo cáo {issuer} đồng gửi {home_affairs}, {software_party} để xử lý./."
)
AS_ABOVE, FILED = "Như trên;", "Lưu: VT, {unit}."
