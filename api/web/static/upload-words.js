// What the upload page says.

import { size } from "./words.js";

const two = (count) => String(count).padStart(2, "0");

export const say = {
  waiting: "Chờ gửi",
  sending: (share) => `Đang gửi ${Math.floor(share * 100)}%`,
  checking: "Đang kiểm tra tệp",
  good: "Đã nhận",
  left: (share) => `Mới nhận ${Math.floor(share * 100)}%. Đề nghị chọn lại đúng tệp này để gửi tiếp.`,
  resting: "Mất kết nối, sẽ tự gửi tiếp khi có mạng.",
  nameless: "Tệp đã xóa",
  drop: "Bỏ",
  dropThis: (name) => `Bỏ tệp ${name}`,
  again: "Gửi tiếp ngay",
  progress: (name) => `Tiến độ gửi tệp ${name}`,
  tooLarge: (name, limit) => `Tệp ${name} lớn hơn ${size(limit)}. Đề nghị gửi tệp nhỏ hơn hoặc chia thành nhiều tệp.`,
  tooMany: (most) => `Mỗi lần gửi nhiều nhất ${most} tệp.`,
  none: "Chưa có tệp nào được nhận.",
  sum: (good, rest) => `Đã nhận ${two(good)} tệp` + (rest ? `, còn ${two(rest)} tệp chưa xong.` : ". Bấm Xong để nhận mã tiếp nhận."),
  dropRest: (rest) => `Còn ${two(rest)} tệp chưa gửi xong sẽ bị bỏ. Bấm Xong lần nữa để kết thúc.`,
  filing: "Đang ghi nhận",
  notFiled: "Chưa ghi nhận được. Đề nghị kiểm tra kết nối rồi bấm Xong lại.",
};
