"""The words in which a run is told, in Chinese and English."""

from typing import Literal

Language = Literal["zh", "en"]
_PLACE = {"zh": 0, "en": 1}

STATES = {
    "requested": ("已申请", "requested"),
    "held": ("暂缓", "held"),
    "reserved": ("已占用当日名额", "reserved one of the day's slots"),
    "sending": ("发送中", "being handed to WeCom"),
    "task_created": ("群发任务已创建，待员工确认", "a task waits for the staff member"),
    "staff_confirmed": ("员工已确认", "confirmed by the staff member"),
    "accepted": ("平台已发出", "accepted: WeCom sent it"),
    "delivered": ("已送达", "delivered"),
    "failed": ("失败", "failed"),
    "expired": ("过期", "expired"),
    "suppressed": ("不予发送", "suppressed"),
    "unknown": ("结果待查", "unknown: the answer was lost"),
}

IDENTIFIERS = {
    "phone": ("手机号", "phone"),
    "external_userid": ("企业微信联系人", "WeCom contact"),
    "unionid": ("微信 unionid", "unionid"),
    "openid": ("微信 openid", "openid"),
}

REASONS = {
    "conflicting_phones": ("双方证实的手机号不同", "they proved different phones"),
    "group_too_large": ("一人之下的编号过多", "too many keys for one person"),
    "requested": ("已申请", "asked for"),
    "open_complaint": ("投诉未结，营销暂停", "a complaint is open, promotion waits"),
    "reminder_due": ("保养提醒日已到", "its reminder day has come"),
    "reserved": ("三个名额之内", "within the day's three"),
    "sending": ("交给企业微信", "handed over"),
    "task_created": ("任务已建立", "the task exists"),
    "staff_confirmed": ("员工点了发送", "the staff member pressed send"),
    "accepted": ("平台回报已发送", "the provider reports it as sent"),
    "quiet_hours": ("免打扰时段（21:00-08:00）", "quiet hours (21:00-08:00)"),
    "daily_cap": ("当天名额已满", "the day's messages are used up"),
    "displaced": ("让位给更急的提醒", "made way for a more urgent one"),
    "kept_slot": ("名额留给安全与投诉", "the slot is kept for safety and complaints"),
    "commercial_daily_cap": ("当天营销名额已满", "the day's commercial messages are used up"),
    "channel_daily_cap": ("平台当天上限", "the platform's limit of the day"),
    "commercial_window": ("营销间隔未到", "too soon after the last commercial message"),
    "service_cycle_cap": ("本保养周期已提醒三次", "three messages in this due cycle"),
    "holdout": ("对照组，不发送", "held out for comparison"),
    "daily_max_zero": ("车主不要任何消息", "the owner wants no message at all"),
    "unsubscribed": ("车主已退订", "the owner unsubscribed"),
    "consent_withdrawn": ("授权已撤回", "the consent was withdrawn"),
    "no_consent": ("没有有效授权", "no consent is in force"),
    "owner_changed": ("车辆已过户", "the car has another owner"),
    "cycle_closed": ("保养已完成", "the service was done meanwhile"),
    "no_channel": ("没有可用渠道", "no channel leads to the owner"),
    "no_address": ("没有企业微信联系方式", "no WeCom address is known"),
    "validity_over": ("提醒已过有效期", "it was valid no longer"),
    "answer_lost": ("平台应答丢失", "the provider's answer was lost"),
    "never_accepted": ("平台确认没有此任务", "the provider never had it"),
    "not_friend": ("不是好友", "not a friend of the staff member"),
    "wecom_cap": ("平台群发上限", "the platform's own limit"),
    "bad_address": ("平台不认识该地址", "the provider does not know the address"),
    "staff_never_confirmed": ("员工未确认", "the staff member never confirmed"),
    "task_cancelled": ("任务已取消，重新安排", "its task was cancelled; asked anew"),
    "provider_unreachable": ("平台无法连接", "the provider could not be reached"),
    "channel_rests": ("渠道暂停", "the channel rests after failures"),
    "window_over": ("当天可发送时间已过", "the day's time for sending was over"),
    "day_over": ("名额所属的日子已过", "the day of its slot was over"),
    "daily_max_lowered": ("车主调低了每日上限", "the owner lowered the daily maximum"),
    "result_never_read": ("结果始终未读到", "the result could never be read"),
    "address_changed": ("联系方式已变", "the address changed"),
    "group_refused": ("整组被拒，单独再试", "its group was refused; tried alone"),
    "busy": ("平台繁忙", "the provider was busy"),
    "rate": ("平台限流", "the provider limits the rate"),
    "rate_limited": ("平台限流", "the provider limits the rate"),
    "provider_busy": ("平台繁忙", "the provider was busy"),
    "no_token": ("平台未给令牌", "the provider gave no token"),
    "no_permission": ("平台权限不足", "the provider gave no permission"),
    "bad_sender": ("平台不认识该员工", "the provider does not know the staff member"),
    "merged": ("与另一编号合并，重新决定", "joined with another key, decided anew"),
    "booked": ("已有到店预约", "a visit is booked already"),
    "promoted": ("候补到位", "a place came free for the waiting booking"),
    "not_due": ("尚未到提醒日", "no reminder is due yet"),
    "day_has_come": (
        "提醒日已到，下一次每小时计划时申请",
        "its reminder day has come, the next hourly planning asks for it",
    ),
    "no_forecast": ("没有可用里程也没有时间限制", "neither a usable reading nor a time limit"),
    "not_reminded": ("此车不提醒", "this car is never reminded"),
}

ITEMS = {
    "oil": ("机油保养", "oil service"),
    "inspection": ("常规检查", "inspection"),
    "brake_fluid": ("制动液", "brake fluid"),
    "coolant": ("冷却液", "coolant"),
    "cabin_filter": ("空调滤芯", "cabin filter"),
    "spark_plugs": ("火花塞", "spark plugs"),
    "transmission_fluid": ("变速箱油", "transmission fluid"),
    "engine_check": ("发动机检查", "engine check"),
    "transmission_check": ("变速箱检查", "transmission check"),
    "brake_check": ("制动系统检查", "brake check"),
    "brake_pads": ("制动片", "brake pads"),
    "body_check": ("车身电气检查", "body electrics check"),
    "network_check": ("车载通信检查", "vehicle network check"),
    "traction_battery_check": ("动力电池检查", "traction battery check"),
    "low_voltage_battery": ("低压蓄电池", "low-voltage battery"),
    "tyres": ("轮胎", "tyres"),
    "promoted": ("候补到位通知", "notice of a place off the waitlist"),
    "potential": ("欢迎成为潜力客户", "welcome to the potential tier"),
    "core": ("欢迎成为核心客户", "welcome to the core tier"),
}

CLASSES = {
    "odometer": ("里程", "odometer"),
    "service": ("保养信息", "service"),
    "diagnostics": ("故障诊断", "diagnostics"),
    "battery": ("电池", "battery"),
    "tyres": ("轮胎", "tyres"),
}

BASES = {
    "distance": ("按里程", "by distance"),
    "time": ("按时间", "by time"),
    "both": ("里程与时间", "by distance and time"),
    "condition": ("车辆自身状况", "by its condition"),
}

SEVERITIES = {
    "advise": ("建议处理", "worth a look"),
    "soon": ("尽快处理", "to be seen soon"),
    "now": ("立即处理", "to be seen now"),
}


BOOKINGS = {
    "awaited": ("等待预约本身", "changed before it was made"),
    "booked": ("已预约", "booked"),
    "waitlisted": ("候补", "on the waitlist"),
    "cancelled": ("已取消", "cancelled"),
    "missed": ("爽约", "did not come"),
    "done": ("已完成", "done"),
    "refused": ("已满，未接受", "refused, the day was full"),
}

ARMS = {
    "priced": ("按价值", "by value"),
    "random": ("抽签", "drawn"),
    "fallback": ("固定规则", "fixed rule"),
}

DOUBTS = {
    "yes": ("已确认更换", "answered yes"),
    "no": ("确认未更换", "answered no"),
    "outdated": ("车辆已过户，不再询问", "outdated by a change of hands"),
}


TIERS = {
    "prospect": ("潜在客户", "prospect"),
    "new": ("新客户", "new"),
    "potential": ("潜力客户", "potential"),
    "core": ("核心客户", "core"),
    "at_risk": ("流失风险客户", "at risk"),
}

FACTS = {
    "purchase": ("购买", "purchase"),
    "service_order_completed": ("维修保养工单完成", "workshop order"),
    "booking_made": ("预约到店", "booking"),
    "booking_changed": ("改约", "booking changed"),
    "booking_cancelled": ("取消预约", "booking cancelled"),
    "booking_missed": ("爽约", "did not come"),
    "wecom_chat": ("企业微信聊天", "WeCom chat"),
    "complaint_opened": ("投诉", "complaint"),
    "complaint_assigned": ("投诉分派", "complaint assigned"),
    "callback_made": ("投诉回访", "called back"),
    "complaint_closed": ("投诉结案", "complaint settled"),
    "tag_added": ("人工打标签", "tagged by staff"),
    "tag_removed": ("人工去标签", "tag taken off by staff"),
    "subscribed": ("订阅", "subscription"),
    "unsubscribed": ("退订", "unsubscription"),
    "wecom_friend_added": ("添加企业微信好友", "became a WeCom friend"),
    "wecom_friend_deleted": ("删除企业微信好友", "deleted the staff member on WeCom"),
    "registration": ("线上登记", "online registration"),
    "store_scan": ("到店扫码", "scan in the store"),
    "check_in": ("签到", "check-in"),
    "test_drive": ("试驾", "test drive"),
    "refund": ("退款", "refund"),
    "payment": ("付款", "payment"),
    "payment_refund": ("付款退回", "payment returned"),
    "service_order_opened": ("工单开立", "workshop order opened"),
    "service_order_progressed": ("工单进展", "workshop order went on"),
    "community_post": ("社区发帖", "community post"),
    "brand_mention": ("提及品牌", "named the brand"),
    "content_view": ("观看内容", "watched or read"),
    "page_view": ("浏览页面", "page view"),
    "link_click": ("点击链接", "link click"),
    "in_car_interaction": ("车机互动", "used the cockpit"),
    "survey_answered": ("问卷评分", "survey answer"),
    "nps_answered": ("推荐意愿评分", "NPS answer"),
    "coupon_issued": ("获得优惠券", "coupon issued"),
    "coupon_used": ("使用优惠券", "coupon used"),
    "campaign_joined": ("参加活动", "joined a campaign"),
    "game_played": ("参与游戏", "played a game"),
    "referral": ("推荐朋友", "referral"),
    "points_redeemed": ("积分兑换", "points redeemed"),
    "redemption_returned": ("兑换退回", "redemption returned"),
}

TOPICS = {
    "waiting_time": ("等待时间", "waiting time"),
    "billing": ("费用", "billing"),
    "workmanship": ("施工质量", "workmanship"),
}


def say(words: dict[str, tuple[str, str]], code: str, language: Language) -> str:
    """Return the words for a code, or the code itself where nobody wrote any."""
    found = words.get(code)
    return found[_PLACE[language]] if found else code


def pick(language: Language, zh: str, en: str) -> str:
    """Return the sentence in the language."""
    return zh if language == "zh" else en
