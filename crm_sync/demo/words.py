"""What the demo company's customers are called and what was said to them. Pure data."""

from __future__ import annotations

GIVEN = (
    "Anna", "Ben", "Clara", "David", "Edith", "Felix", "Greta", "Henry", "Iris", "Jack", "Karen", "Leo", "Mona",
    "Nils", "Olga", "Peter", "Quinn", "Rosa", "Samuel", "Tara", "Ursula", "Victor", "Wanda", "Yusuf", "Zoe",
    "Amir", "Beatriz", "Callum", "Dina", "Emil",
)  # fmt: skip
FAMILY = (
    "Adler", "Brooks", "Costa", "Dunne", "Ellis", "Fischer", "Garcia", "Hansen", "Iqbal", "Jensen", "Kaur",
    "Lindqvist", "Moreau", "Novak", "O'Brien", "Petrov", "Quist", "Rossi", "Schmidt", "Tanaka", "Underhill",
    "Varga", "Walsh", "Yilmaz", "Zeller", "Abara", "Bianchi", "Cooper", "Diaz", "Evans",
)  # fmt: skip
CHINESE_FAMILY = (
    ("Wang", "王"), ("Li", "李"), ("Zhang", "张"), ("Liu", "刘"), ("Chen", "陈"), ("Yang", "杨"),
    ("Huang", "黄"), ("Zhao", "赵"), ("Zhou", "周"), ("Wu", "吴"), ("Xu", "徐"), ("Sun", "孙"), ("Ma", "马"),
    ("Zhu", "朱"), ("Hu", "胡"), ("Guo", "郭"), ("He", "何"), ("Lin", "林"), ("Gao", "高"), ("Luo", "罗"),
)  # fmt: skip
CHINESE_GIVEN = (
    ("Fang", "芳"), ("Wei", "伟"), ("Na", "娜"), ("Min", "敏"), ("Jing", "静"), ("Qiang", "强"), ("Lei", "磊"),
    ("Jun", "军"), ("Yang", "洋"), ("Yong", "勇"), ("Yan", "艳"), ("Jie", "杰"), ("Tao", "涛"), ("Ming", "明"),
    ("Chao", "超"), ("Xiulan", "秀兰"), ("Xia", "霞"), ("Ping", "平"), ("Gang", "刚"), ("Guiying", "桂英"),
)  # fmt: skip
COMPANY_FIRST = (
    "Amberfield", "Brightwater", "Copperline", "Dovetail", "Eastmoor", "Foxglove", "Glasswing", "Hollowbrook",
    "Ironleaf", "Junipero", "Kestrelway", "Larkspur", "Mossgate", "Nightingale", "Oakhaven", "Pinecrest",
    "Quillmark", "Rowanlea", "Silverbirch", "Thistledown",
)  # fmt: skip
COMPANY_TRADE = (
    "Ceramics", "Textiles", "Toys", "Furniture", "Tools", "Foods", "Lighting", "Paper", "Optics", "Bicycles",
    "Garden Goods", "Kitchenware", "Sports", "Instruments", "Packaging",
)  # fmt: skip
COMPANY_LEGAL = ("Ltd", "GmbH", "Trading", "& Sons", "Group")
CHINESE_COMPANY_FIRST = (
    ("Qinghe", "青禾"), ("Yunshan", "云杉"), ("Baihe", "百禾"), ("Haiyan", "海燕"), ("Xingchen", "星辰"),
    ("Jinfeng", "锦枫"), ("Lvzhou", "绿洲"), ("Mingyue", "明月"), ("Songtao", "松涛"), ("Tianhu", "天湖"),
)  # fmt: skip
CHINESE_COMPANY_TRADE = (
    ("Ceramics", "陶瓷"), ("Textiles", "纺织"), ("Toys", "玩具"), ("Furniture", "家具"), ("Lighting", "照明"),
    ("Foods", "食品"), ("Electronics", "电子"), ("Machinery", "机械"),
)  # fmt: skip
SITES = ("Felixstowe", "Rotterdam", "Suzhou", "Ningbo", "Qingdao", "Gdansk", "Savannah", "Fremantle")

NOTES = {
    "shipment.tracked": ("Told that the parcel left the hub this morning.", "已告知包裹今早离开转运中心。"),
    "shipment.rescheduled": ("Delivery moved to Thursday, before noon.", "派送改到周四上午。"),
    "shipment.address": ("House number was missing; corrected and confirmed.", "缺门牌号，已补充并确认。"),
    "shipment.claim": ("Two cartons wet on arrival; photos will follow by e-mail.", "两箱到货受潮，照片稍后邮件发来。"),
    "complaint.solved": (
        "Driver did not ring; apologised, redelivery today.",
        "司机未联系客户，已致歉并安排当天重派。",
    ),
    "complaint.passed": (
        "Third late delivery this month; site manager calls back.",
        "本月第三次延误，网点经理将回电。",
    ),
    "complaint.goodwill": ("Freight of the damaged consignment credited.", "已退还破损货物运费。"),
    "business.quote": ("Wants prices for two containers a month from Ningbo.", "询问每月两柜宁波出口价格。"),
    "business.invoice": ("Surcharge explained, copy of the invoice sent.", "已解释附加费并补发账单。"),
    "business.contract": ("Payment term extended to 45 days from next month.", "下月起账期延长至45天。"),
    "other.information": ("Asked for opening hours of the depot.", "咨询网点营业时间。"),
    "other.no_one_there": ("", ""),
}
MESSAGES = (
    ("Where is my parcel? It said Tuesday.", "我的包裹到哪里了？说好周二到的。"),
    ("Please leave it with the porter.", "请放在门卫处。"),
    ("Thanks, it has arrived.", "谢谢，已收到。"),
    ("Can I change the delivery address?", "可以更改收货地址吗？"),
    ("The invoice shows the wrong VAT number.", "发票税号有误。"),
)
OPEN_COMPLAINTS = (
    ("Pallet damaged in transit, claim not answered", "托盘运输破损，索赔未回复"),
    ("Collection missed twice last week", "上周两次漏取件"),
    ("Charged for storage that was our delay", "因我方延误产生的仓储费"),
)
PROMISES = (
    ("New quote for the autumn season", "秋季新报价"),
    ("Call back with the customs papers", "回电告知报关单"),
    ("Proof of delivery by e-mail", "邮件发送签收单"),
)
PREFERENCES = (
    ("prefers to be called in the morning", "希望上午联系"),
    ("wants tracking by SMS", "希望短信通知物流"),
    ("likes short calls", "喜欢简短通话"),
)
TABOOS = (
    ("do not mention the 2025 strike", "不要提2025年罢工"),
    ("never call the warehouse directly", "不要直接致电仓库"),
)
