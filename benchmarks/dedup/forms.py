"""Two events told in one form: particulars exchanged in a real text, and official texts of our own (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from crawler.demo.facts import names, person

NUMBER = re.compile(r"\d+")
NAME = re.compile(r"(?<![.!?:;\n…“\"] )(?<![\n“\"(])(?<!^)\b[A-ZÀ-ỸĐ][^\W\d_A-Z]+(?: [A-ZÀ-ỸĐ][^\W\d_A-Z]+)+")
SLOT = re.compile(r"\{(\w+)\}")
FORMS: Mapping[str, str] = {
    "congress": """\
Ngày {day}, Công đoàn {unit} đã tổ chức Đại hội Công đoàn cơ sở lần thứ {n}, nhiệm kỳ 20{n}-20{m}. Đến dự và chỉ đạo \
Đại hội có đồng chí {a}, Chủ tịch Liên đoàn Lao động {place}; đồng chí {b}, Bí thư Đảng ủy cùng {m} đại biểu đại diện \
cho {k} đoàn viên công đoàn.
Đại hội đã nghe báo cáo tổng kết hoạt động công đoàn nhiệm kỳ qua và phương hướng, nhiệm vụ nhiệm kỳ tới; báo cáo kiểm \
điểm của Ban Chấp hành. Trong nhiệm kỳ qua, Ban Chấp hành Công đoàn đã bám sát sự lãnh đạo của cấp ủy, sự chỉ đạo của \
công đoàn cấp trên, phối hợp chặt chẽ với chuyên môn, đổi mới nội dung, phương thức hoạt động, chăm lo, bảo vệ quyền, \
lợi ích hợp pháp, chính đáng của đoàn viên và người lao động. Công đoàn đã thăm hỏi {k} lượt đoàn viên với số tiền \
{money} triệu đồng, kết nạp {m} đoàn viên mới, giới thiệu {n} đoàn viên ưu tú cho Đảng.
Phát biểu chỉ đạo Đại hội, đồng chí {a} ghi nhận và biểu dương những kết quả mà Công đoàn {unit} đã đạt được trong \
nhiệm kỳ qua; đồng thời đề nghị Ban Chấp hành khóa mới tiếp tục đổi mới nội dung và phương thức hoạt động, hướng mạnh \
về cơ sở, lấy đoàn viên, người lao động làm đối tượng vận động, xây dựng tổ chức công đoàn vững mạnh.
Đại hội đã bầu Ban Chấp hành gồm {n} đồng chí; đồng chí {c} được tín nhiệm bầu giữ chức Chủ tịch Công đoàn {unit}, đồng \
chí {d} giữ chức Phó Chủ tịch. Đại hội cũng đã bầu đoàn đại biểu đi dự Đại hội Công đoàn cấp trên.""",
    "greeting": """\
Nhân dịp kỷ niệm {n} năm Ngày truyền thống, ngày {day}, Đoàn công tác Liên đoàn Lao động {place} do đồng chí {a} làm \
trưởng đoàn đã đến thăm, tặng hoa chúc mừng {unit}.
Tại nơi đến thăm, đồng chí {a} đã gửi lời chúc mừng tốt đẹp nhất tới tập thể lãnh đạo, cán bộ, đoàn viên, người lao \
động; ghi nhận, đánh giá cao những đóng góp của đơn vị đối với sự nghiệp phát triển kinh tế - xã hội của địa phương; \
mong muốn trong thời gian tới, đơn vị tiếp tục phát huy truyền thống đoàn kết, vượt qua khó khăn, hoàn thành xuất sắc \
nhiệm vụ chính trị được giao, góp phần cùng cả hệ thống chính trị xây dựng quê hương ngày càng giàu đẹp, văn minh. \
Thay mặt lãnh đạo đơn vị, đồng chí {b} trân trọng cảm ơn sự quan tâm của các đồng chí lãnh đạo và hứa sẽ tiếp tục cùng \
tập thể giữ vững sự đoàn kết, thống nhất.
Dịp này, đoàn đã trao {m} suất quà, mỗi suất trị giá {k}.000 đồng, tặng đoàn viên {c} và đoàn viên {d} có hoàn cảnh \
khó khăn, tổng số tiền {money} triệu đồng.""",
    "decision": """\
Ngày {day}, tại trụ sở {unit}, Liên đoàn Lao động {place} đã tổ chức hội nghị công bố Quyết định số {k}/QĐ-LĐLĐ về việc \
thành lập công đoàn cơ sở và chỉ định Ban Chấp hành lâm thời gồm {n} đồng chí, do đồng chí {a} làm Chủ tịch, đồng chí {b} \
làm Phó Chủ tịch.
Theo quyết định, Ban Chấp hành lâm thời có nhiệm vụ tuyên truyền, vận động người lao động gia nhập công đoàn, chuẩn bị \
nội dung và nhân sự để tổ chức đại hội trong thời hạn không quá mười hai tháng kể từ ngày được chỉ định, hoạt động theo \
quy định của Luật Công đoàn và Điều lệ Công đoàn Việt Nam. Quyết định có hiệu lực kể từ ngày ký. Văn phòng, các ban của \
Liên đoàn Lao động và các đồng chí có tên trong quyết định chịu trách nhiệm thi hành.
Phát biểu tại hội nghị, đồng chí {c} chúc mừng {m} đoàn viên đầu tiên của công đoàn cơ sở và đề nghị Ban Chấp hành sớm \
xây dựng quy chế hoạt động, quy chế chi tiêu nội bộ, phối hợp với người sử dụng lao động xây dựng thỏa ước lao động tập \
thể, quan tâm chăm lo đời sống người lao động. Liên đoàn Lao động đã hỗ trợ kinh phí ban đầu {money} triệu đồng.""",
    "weekly": """\
Tuần từ ngày {day}, tại các trung tâm giao dịch việc làm của {place}, {k} doanh nghiệp đăng ký tuyển dụng {money}{n} lao \
động, trong đó {unit} tuyển {k}{m} người.
Nhu cầu tuyển lao động phổ thông chiếm {n} phần trăm, lao động có tay nghề chiếm {m} phần trăm. Mức lương từ {n} đến {m} \
triệu đồng một tháng, tùy theo vị trí việc làm, tay nghề và thời gian làm việc; doanh nghiệp hỗ trợ tiền ăn giữa ca, \
tiền nhà trọ, xe đưa đón và đóng bảo hiểm xã hội, bảo hiểm y tế, bảo hiểm thất nghiệp đầy đủ theo quy định.
Người lao động có nhu cầu mang theo căn cước công dân, đơn xin việc, sơ yếu lý lịch, giấy khám sức khỏe và bằng cấp, \
chứng chỉ liên quan đến trụ sở trung tâm trong giờ hành chính các ngày trong tuần, gặp chị {a} hoặc anh {b}, điện \
thoại {k}{money}, để được tư vấn, giới thiệu việc làm miễn phí.""",
}


def written(form: str, rng: Random) -> str:
    """A text in one of the forms, with particulars of its own."""
    lists = names()
    firm = f"{rng.choice(lists['firm_first'])} {rng.choice(lists['firm_last'])}"
    place = rng.choice(list(lists["places"].values()))
    told = {
        "a": person(rng), "b": person(rng), "c": person(rng), "d": person(rng),
        "unit": str(rng.choice(lists["firms"])).format(ten=firm), "place": rng.choice(place["noi"]),
        "day": f"{rng.randint(1, 28)}/{rng.randint(1, 12)}/20{rng.randint(10, 25)}",
        "n": rng.randint(11, 39), "m": rng.randint(41, 99), "k": rng.randint(103, 980),
        "money": rng.randint(101, 899),
    }  # fmt: skip
    return SLOT.sub(lambda slot: str(told[slot[1]]), FORMS[form])


def retold(text: str, rng: Random) -> str:
    """A real text with every number another one, every name of two words or more another name throughout."""
    known: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        if found[0] not in known:
            known[found[0]] = " ".join(person(rng).split()[: len(found[0].split())])
        return known[found[0]]

    return NUMBER.sub(lambda found: _other(found[0], rng), NAME.sub(name, text))


def _other(number: str, rng: Random) -> str:
    """Another number of as many digits."""
    first = rng.choice([digit for digit in "123456789" if digit != number[0]])
    return first + "".join(rng.choice("0123456789") for _ in number[1:])
