// The page's own sentences and figures. What the bot says comes from the house; this is only the paper it stands on.

const ZONE = "Asia/Ho_Chi_Minh";
const moment = new Intl.DateTimeFormat("vi-VN", {
  timeZone: ZONE, weekday: "long", day: "2-digit", month: "2-digit", year: "numeric",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

function parts(at) {
  return Object.fromEntries(moment.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
}

// "Thứ Ba, 11/6/2024": a leading zero for days below 10 and for the months 1 and 2, as official letters write it.
export function day(at) {
  const { weekday, day, month, year } = parts(at);
  return `${weekday}, ${day}/${Number(month) < 3 ? month : Number(month)}/${year}`;
}

export function time(at) {
  const { hour, minute } = parts(at);
  return `${hour}:${minute}`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const [amount, unit] = bytes < 1024 * 1024 ? [bytes / 1024, "kB"] : [bytes / 1024 / 1024, "MB"];
  return `${amount.toLocaleString("vi-VN", { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${unit}`;
}

export const grouped = (number) => number.toLocaleString("vi-VN");
export const length = (text) => [...text].length;

export const say = {
  sending: "Đang gửi",
  waiting: "Chờ gửi",
  unsent: "Chưa gửi được, sẽ tự gửi lại khi có mạng.",
  unsentFile: "Chưa gửi được tệp.",
  again: "Gửi lại",
  drop: "Bỏ",
  cancel: "Hủy",
  edit: "Sửa lại",
  bot: "Trợ lý:",
  me: "Đồng chí:",
  file: "Tệp",
  choose: "Lựa chọn trả lời",
  remove: (name) => `Bỏ tệp ${name}`,
  upload: (name) => `Tiến độ gửi tệp ${name}`,
  lost: "Mất kết nối. Đang kết nối lại.",
  refused: "Chưa tiếp nhận được. Đề nghị thử lại sau.",
  badCode: "Mã liên kết gồm đúng 8 chữ số.",
  unlinked: "Chưa kết nối",
  tooLong: (count, limit) =>
    `Tin nhắn dài ${grouped(count)} ký tự, tối đa ${grouped(limit)}. Đề nghị rút gọn hoặc gửi thành tệp.`,
  tooLarge: (name, limit) =>
    `Tệp ${name} lớn hơn ${size(limit)}. Đề nghị gửi tệp nhỏ hơn hoặc chia thành nhiều tệp.`,
};
