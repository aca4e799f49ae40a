"""Words of which companies are made, job titles, role mailboxes and the ways a company's name is written."""

FRONT = tuple(
    """
    Northwind Blue Silver Golden Summit Harbor Maple Cedar Granite Bright Clear Evergreen Pioneer
    Liberty Crown Royal Atlas Apex Vertex Orion Nova Zenith Lumen Copper Iron Crystal Coral Amber Indigo
    Scarlet Violet Meadow River Lake Ocean Coast Valley Prairie Sierra Alpine Arctic Solar Lunar Polar
    Eastern Western Northern Southern Central United Allied Global Metro Urban Rural Swift Rapid Steady
    Noble Humble Quiet Bold Brave True Honest Prime Core Key Anchor Beacon Bridge Castle Compass Falcon
    Eagle Heron Otter Fox Lynx Bison Cobalt Onyx Opal Juniper Willow Birch Aspen Hazel Olive Saffron
    Clover Thistle Fern Ivy
    """.split()
)
BACK = tuple(
    """
    Stone Field Brook Ridge Point Gate Path Way Line Works Craft Forge Mill House Yard Port Bay Hill
    Peak Wood Grove Leaf Root Seed Spring Well Light Spark Wave Cloud Wind Sky Star Moon Horizon Vista
    View Edge Loop Link Grid Cell Byte Pixel Logic Signal Pulse Scope Frame Board Deck Wheel Gear Bolt
    Axle Lever Crane Barrel Basket Lantern Ladder Quill Anvil
    """.split()
)
TRADE = tuple(
    """
    Logistics Foods Dental Software Consulting Plumbing Foundry Textiles Pharma Media Insurance Roofing
    Bakery Robotics Energy Security Printing Interiors Travel Veterinary Motors Optics Packaging
    Analytics Realty Legal Fitness Catering
    """.split()
)
FORMS = {
    "US": ("Inc.", "LLC", "Corp", "Co."),
    "GB": ("Ltd", "Limited", "PLC", "LLP"),
    "DE": ("GmbH", "AG", "KG", "GmbH & Co. KG", "e.K."),
    "FR": ("SARL", "SAS", "S.A."),
    "ES": ("S.L.", "S.A."),
    "IT": ("S.r.l.", "S.p.A."),
    "BR": ("Ltda.", "S.A."),
    "MX": ("S.A. de C.V.",),
    "IL": ('בע"מ', "Ltd."),
    "IN": ("Pvt. Ltd.", "Private Limited"),
    "CN": ("Co., Ltd.", "有限公司"),
    "AE": ("FZ-LLC", "LLC"),
    "PL": ("sp. z o.o.", "S.A."),
    "TR": ("A.Ş.", "Ltd. Şti."),
    "RU": ("ООО", "OOO", "AO"),
    "VN": ("Co., Ltd", "JSC"),
}
TITLES = (
    "Sales Manager",
    "CEO",
    "Office Manager",
    "Head of Operations",
    "Buyer",
    "Software Engineer",
    "Accountant",
    "Marketing Lead",
    "Founder",
    "Customer Success Manager",
    "Nurse",
    "VP Sales",
    "Project Manager",
    "Owner",
)
ROLES = (
    "info",
    "office",
    "sales",
    "support",
    "contact",
    "hello",
    "admin",
    "accounts",
    "reception",
    "billing",
)
WORLD_MAIL = ("gmail.com",) * 11 + (
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "proton.me",
    "live.com",
)
EMOJI = ("🌸", "🔥", "💙", "😎", "✨", "🦋", "👑", "🌊", "🐾", "⚽", "🎵", "🌹", "💪", "🙏")
HANDLES = (
    "skater",
    "sunny",
    "tiger",
    "princess",
    "captain",
    "pixel",
    "coffee",
    "rockstar",
    "moonlight",
    "lucky",
)
BY_NAMES = (
    "Do Not Call",
    "Test",
    "Unknown",
    "Guest",
    "Customer",
    "New Lead",
    "-",
    "N/A",
    "No Name",
    "WhatsApp user",
)
