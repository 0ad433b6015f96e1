"""Invented firms and people: plausible, and nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AGENCY = "潮路地域銀行 人材ソリューション室（見本）"
"""The invented bank with a recruiting agency whose workspace the sample is."""

SURNAMES = (
    "髙橋", "佐藤", "鈴木", "田中", "渡邉", "伊藤", "山本", "中村", "小林", "加藤", "吉田", "山﨑", "斎藤", "松本",
    "井上",
    "木村", "林", "清水", "濵田", "池田", "橋本", "阿部", "石川", "前田", "藤田", "小川", "岡田", "後藤", "長谷川",
    "村上",
    "近藤", "石井", "齊藤", "坂本", "遠藤", "青木", "藤井", "西村", "福田", "太田", "三浦", "岡本", "中川", "中野",
    "原田",
    "小野", "竹内", "金子", "和田", "中山", "髙木", "宮﨑", "上田", "森田", "柴田", "酒井", "横山", "宮本", "内田",
    "高島",
    "谷口", "丸山", "今井", "河野", "藤本", "武田", "杉山", "千葉", "菅原", "平野", "久保田", "野口", "松井",
    "渡部", "吉岡",
)  # fmt: skip
GIVEN = (
    "陽子", "健太", "美咲", "大輔", "直樹", "由美", "翔太", "彩", "拓也", "恵", "真由美", "誠", "奈々", "浩二",
    "さくら",
    "亮", "麻衣", "隆", "千尋", "智也", "裕子", "和也", "早紀", "修", "香織", "悠斗", "明美", "剛", "葵", "宏",
    "理恵", "洋平", "結衣", "徹", "友香", "達也", "凛", "哲也", "真理", "勇気", "菜摘", "康平", "涼子", "圭", "文香",
    "祐介", "千夏", "聡", "薫", "雅人", "すみれ", "啓介", "美穂", "慎一", "遥", "俊", "京子", "蓮", "緑", "博之",
)  # fmt: skip


def invented_people(rng: np.random.Generator, n: int) -> list[str]:
    """So many different people, family name first."""
    pairs = rng.choice(len(SURNAMES) * len(GIVEN), n, replace=n > len(SURNAMES) * len(GIVEN))
    return [f"{SURNAMES[pair // len(GIVEN)]} {GIVEN[pair % len(GIVEN)]}" for pair in pairs]


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented client firm; `size` is its number of employees."""

    name: str
    segment: str
    size: int


FIRMS = (
    Firm("汐待精機株式会社", "製造", 140),
    Firm("株式会社つむぎ野フーズ", "食品", 95),
    Firm("朝霧ヶ浦建設株式会社", "建設", 60),
    Firm("株式会社ほたる坂ケアサービス", "医療・福祉", 210),
    Firm("千鳥沢ロジスティクス株式会社", "物流", 180),
    Firm("株式会社うみねこ堂デザイン", "情報・デザイン", 24),
    Firm("有限会社弥生ヶ原醸造", "食品", 18),
    Firm("髙千瀬電装株式会社", "製造", 320),
    Firm("株式会社月見沢ホテルズ", "観光・宿泊", 150),
    Firm("結野プラスチック工業株式会社", "製造", 75),
    Firm("株式会社風待通り商店", "小売", 48),
    Firm("北辰ヶ丘情報システム株式会社", "情報・デザイン", 66),
)
_PLACES = ("潮見原", "鳴砂", "雲居坂", "早蕨", "白鷺野", "夕凪台", "松ヶ渚", "椿ヶ谷", "星待", "霧ヶ渡")
_TRADES = (
    ("{}製作所", "製造"), ("{}食品", "食品"), ("{}工務店", "建設"), ("{}運輸", "物流"),
    ("{}デジタル", "情報・デザイン"),
    ("{}介護センター", "医療・福祉"), ("{}旅館", "観光・宿泊"), ("{}百貨", "小売"),
)  # fmt: skip


def firms(n: int) -> list[Firm]:
    """So many invented firms, the twelve of the sample first."""
    more = [
        Firm(f"株式会社{trade.format(place)}{'' if turn == 0 else turn + 1}", segment, 20 + 13 * (turn + number) % 300)
        for turn in range(max(0, n - len(FIRMS)) // (len(_PLACES) * len(_TRADES)) + 1)
        for number, (place, (trade, segment)) in enumerate((p, t) for p in _PLACES for t in _TRADES)
    ]
    return [*FIRMS, *more][:n]


POSITIONS = {
    "製造": ("生産管理責任者", "設計エンジニア", "品質保証リーダー", "調達担当"),
    "食品": ("商品開発リーダー", "工場長候補", "営業企画"),
    "建設": ("施工管理", "経理財務責任者", "積算担当"),
    "医療・福祉": ("施設長候補", "人事企画", "看護主任"),
    "物流": ("配車管理リーダー", "物流企画", "倉庫DX推進"),
    "情報・デザイン": ("Webディレクター", "バックエンドエンジニア", "UIデザイナー"),
    "観光・宿泊": ("支配人候補", "予約マーケティング", "調理責任者"),
    "小売": ("EC責任者", "店舗開発", "バイヤー"),
}
"""What firms of a segment look for."""

PROJECTS = (
    "オンライン販路の立ち上げ", "原価計算の見直し", "採用広報の仕組みづくり", "在庫管理のデジタル化",
    "海外展示会の出展準備",
    "新商品のブランド設計", "業務マニュアルの整備", "補助金を使った設備計画", "SNSでの情報発信",
    "中期経営計画の素案づくり",
)  # fmt: skip
"""What a firm opens a joint project for (joins-selection)."""

ORDERS = (
    "一般事務 2名", "倉庫内軽作業 5名", "受付 1名", "検品スタッフ 3名", "データ入力 2名", "コールセンター 4名",
    "製造補助 3名",
    "経理補助 1名", "営業事務 1名", "CADオペレーター 1名",
)  # fmt: skip
"""What dispatch orders are for."""


SOURCES = ("求人媒体", "紹介", "スカウト")
"""Where applicants are found."""
