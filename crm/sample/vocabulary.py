"""The invented words that the sample is put together from."""

from dataclasses import dataclass

ILLUSTRATIVE = "Illustrative figures and invented people. They say nothing about the real company."

MILLION = 1_000_000
HEADCOUNTS = ((1, 10), (11, 50), (51, 200), (201, 500), (501, 1_000), (1_001, 5_000), (5_001, 10_000))

STARTS = (
    "Alm Bra Bre Cal Cor Dor Dov Elm Fal Fen Gar Gri Hal Hev Ild Isk Jor Kal Kel Kov Lan Lor Lum Mar Mel Mir Nal "
    "Nov Olm Ort Pal Pel Rav Ril Sal Sev Sko Tal Tav Tor Ulv Val Vel Vos Wen Wil Yar Yel Zan Zel"
)
VOWELS = "aeiou"
ENDS = "bren dra drin fex gart gild kora lith lune mond nak nora phel pora quin rend rix tarn tovi vanta vold zeth zora"
PROJECT_WORDS = ("Notes", "Garden", "Recipes", "Trails", "Chess", "Radio", "Habits", "Maps", "Diary", "Quiz")


@dataclass(frozen=True)
class Industry:
    """A trade, the second words of its companies' names, and tags they may carry."""

    name: str
    words: tuple[str, ...]
    tags: tuple[str, ...]


INDUSTRIES = (
    Industry("Developer tools", ("Labs", "Cloud", "Stack"), ("devtools", "b2b", "saas", "open source")),
    Industry("Financial services", ("Pay", "Ledger", "Finance"), ("fintech", "b2b", "payments")),
    Industry("Health", ("Health", "Care", "Clinic"), ("health", "b2c", "marketplace")),
    Industry("Logistics", ("Freight", "Routes", "Logistics"), ("logistics", "b2b", "marketplace")),
    Industry("Education", ("Learning", "School", "Academy"), ("education", "b2c", "mobile")),
    Industry("Energy", ("Energy", "Solar", "Grid"), ("climate", "hardware", "b2b")),
    Industry("Commerce", ("Market", "Shop", "Goods"), ("ecommerce", "b2c", "marketplace")),
    Industry("Security", ("Security", "Shield", "Trust"), ("security", "b2b", "saas")),
    Industry("Human resources", ("People", "Teams", "Hire"), ("hr", "b2b", "saas")),
    Industry("Games", ("Games", "Play", "Studio"), ("games", "b2c", "mobile")),
    Industry("Travel", ("Travel", "Stays", "Trips"), ("travel", "b2c", "mobile")),
    Industry("Food", ("Kitchen", "Foods", "Farm"), ("food", "b2c", "subscription")),
    Industry("Insurance", ("Cover", "Mutual", "Insurance"), ("insurance", "b2b")),
    Industry("Media", ("Media", "Stories", "Audio"), ("media", "b2c", "advertising")),
    Industry("Public sector", ("Civic", "City", "Registry"), ("government", "b2b")),
    Industry("Analytics", ("Data", "Metrics", "Signals"), ("analytics", "b2b", "saas")),
)
SERVICES = Industry("Services", ("Partners", "Studio", "Agency"), ("agency", "services", "consulting"))
TRADES = Industry("Manufacturing", ("Works", "Industries", "Group"), ("manufacturing", "b2b", "hardware"))

TECHNOLOGIES = (
    "React", "TypeScript", "Next.js", "Vue", "Svelte", "Angular", "Django", "Rails", "Go", "Rust", "Python", "Elixir",
    "PostgreSQL", "MySQL", "ClickHouse", "Kubernetes", "AWS", "Google Cloud", "Google Analytics", "Amplitude",
    "Mixpanel", "Segment", "Snowflake", "dbt", "Stripe", "Intercom", "WordPress", "jQuery", "SAP", "Java",
)  # fmt: skip

PLACES = (
    ("San Francisco", "US"), ("New York", "US"), ("Austin", "US"), ("Seattle", "US"), ("Boston", "US"),
    ("Denver", "US"), ("Omaha", "US"), ("London", "GB"), ("Leeds", "GB"), ("Berlin", "DE"), ("München", "DE"),
    ("Hamburg", "DE"), ("Kassel", "DE"), ("Wien", "AT"), ("Zürich", "CH"), ("Paris", "FR"), ("Lyon", "FR"),
    ("Nantes", "FR"), ("Madrid", "ES"), ("Barcelona", "ES"), ("Lisboa", "PT"), ("Milano", "IT"), ("Amsterdam", "NL"),
    ("Stockholm", "SE"), ("Oslo", "NO"), ("Kraków", "PL"), ("Athens", "GR"), ("Istanbul", "TR"), ("Tel Aviv", "IL"),
    ("Lagos", "NG"), ("Nairobi", "KE"), ("Cairo", "EG"), ("Bengaluru", "IN"), ("Pune", "IN"), ("Singapore", "SG"),
    ("Hanoi", "VN"), ("Tokyo", "JP"), ("Seoul", "KR"), ("Taipei", "TW"), ("Sydney", "AU"), ("Toronto", "CA"),
    ("São Paulo", "BR"), ("Ciudad de México", "MX"), ("Buenos Aires", "AR"),
)  # fmt: skip

LEADING_INVESTORS = (
    "Sequoia Capital", "Accel", "a16z", "Andreessen Horowitz", "Index Ventures", "Benchmark", "GV", "Founders Fund",
    "General Catalyst", "Insight Partners", "Lightspeed", "Bessemer Venture Partners", "Greylock Partners",
    "Thrive Capital", "Redpoint Ventures", "Felicis", "Spark Capital", "Balderton", "Atomico", "Tiger Global",
)  # fmt: skip
OTHER_INVESTORS = (
    "Harbour Lane Ventures", "Tern & Teal Capital", "Blue Larch Partners", "Ostrava Street Angels", "Kestrel Row",
    "Ninth Bridge Fund", "Saltmarsh Ventures", "Copperleaf Capital", "Two Rivers Seed", "Lantern Hill Angels",
    "Fjordbank Growth", "Maple Yard Partners", "Ochre Ventures", "Northgate Family Office",
)  # fmt: skip
LEADING_ACCELERATORS = (
    "Y Combinator", "Y Combinator", "YC", "Techstars", "Techstars Berlin", "Entrepreneur First", "500 Global",
    "Antler", "Seedcamp", "AngelPad",
)  # fmt: skip
OTHER_ACCELERATORS = ("Riverbank Launch", "Old Mill Incubator", "Campus Nord Starters")
TOP_EMPLOYERS = (
    "Google", "Meta", "Facebook", "Stripe", "Apple", "Amazon", "AWS", "Microsoft", "Airbnb", "Uber", "Spotify",
    "Shopify", "Netflix", "GitHub", "Figma", "Notion", "Datadog", "Cloudflare", "Revolut", "Palantir",
)  # fmt: skip
OTHER_EMPLOYERS = (
    "Hollis & Marr Consulting", "Nordkap Versand", "Tindale Insurance", "Quarry Street Software", "Banco Aurelio",
    "Metro Parcel", "Sunfield Retail", "Larkin Airlines", "Pontevia Telecom", "Greenwater Utilities",
    "Bellweather Media",
)  # fmt: skip

SOURCES = ("import", "import", "web form", "referral", "event", "research", "research")

NAMES: dict[str, tuple[str, str]] = {
    "english": (
        "Alice Ben Chloe Daniel Ella Harriet Jack Marcus Nora Owen",
        "Ashdown Barlow Carver Dunmore Ellery Fairley Holt Langley Merrow Thorne",
    ),
    "german": (
        "Anke Bastian Carolin Falk Greta Hannes Jule Lukas Mareike Sönke",
        "Albers Brinkmann Dörr Eichler Fuhrmann Hößl Jansen Kühnel Lindemann Weißer",
    ),
    "french": (
        "Aurélie Baptiste Camille Étienne Florence Hugo Inès Julien Maëlle Théo",
        "Blanchet Carrel Delorme Faure Gaillard Lemoine Marchand Perrault Renaudin Tessier",
    ),
    "spanish": (
        "Alba Bruno Carmen Diego Elena Iker Lucía Martín Nuria Tomás",
        "Arroyo Bermúdez Cabrera Domínguez Echeverría Lozano Montero Núñez Quiroga Salcedo",
    ),
    "portuguese": (
        "Beatriz Caio Duarte Inês João Larissa Mateus Rafaela Thiago Vitória",
        "Almeida Barros Coutinho Figueira Gonçalves Macedo Nogueira Pimenta Teixeira Valadares",
    ),
    "italian": (
        "Alessia Chiara Dario Elisa Fabio Giulia Luca Matteo Serena Tommaso",
        "Barbieri Caruso Danieli Ferrante Galli Marchetti Pellegrini Rinaldi Santoro Vitale",
    ),
    "dutch": (
        "Anouk Bram Daan Femke Jeroen Lotte Maarten Niels Sanne Wouter",
        "Bakker Dekkers Haverkamp Kuiper Meijer Postma Schouten Terpstra Veenstra Zijlstra",
    ),
    "nordic": (
        "Åsa Bjørn Eira Freja Henrik Ingrid Lars Maja Søren Tuva",
        "Aalto Bergström Dahlgaard Engebretsen Holmqvist Kivelä Lindqvist Nygård Solberg Østby",
    ),
    "polish": (
        "Agnieszka Bartosz Dorota Filip Jakub Kinga Łukasz Magda Piotr Zofia",
        "Bielecki Czajka Dąbek Grabowska Jasiński Kowalik Mazurek Piątek Sadowska Żurek",
    ),
    "greek": (
        "Alexandros Danae Eleni Giorgos Ioanna Kostas Markos Nefeli Petros Xenia",
        "Alexiou Dimas Galanis Kalogeris Lambrou Manos Pappas Stavrou Vlachos Zervas",
    ),
    "turkish": (
        "Aylin Burak Cem Deniz Elif Gökhan Kerem Leyla Selin Yusuf",
        "Aksoy Bulut Çetin Demirel Ergin Güneş Kaplan Özkan Şahin Yıldırım",
    ),
    "arabic": (
        "Amal Bilal Dalia Farid Hana Karim Layla Nabil Rania Tarek",
        "Abboud Darwish Fakhry Haddad Jaber Khalil Mansour Nasser Qasim Zayed",
    ),
    "hebrew": (
        "Adi Boaz Dafna Eitan Gal Liora Noam Roni Shira Yael",
        "Alon Barzilai Doron Eshel Golan Harel Levin Navon Regev Shalev",
    ),
    "persian": (
        "Arash Bahar Darya Farhad Kian Laleh Navid Parisa Shirin Yasmin",
        "Ahmadi Bahrami Daneshvar Ebrahimi Farahani Jafari Kazemi Moradi Rostami Tehrani",
    ),
    "indian": (
        "Aarav Bhavna Chitra Dev Ishaan Kavya Meera Nikhil Priya Rohan",
        "Agarwal Banerjee Chaudhuri Deshpande Iyer Kulkarni Menon Nair Raghavan Subramanian",
    ),
    "chinese": (
        "Bo Chen Fang Hui Jing Lan Mei Ning Wei Xiu",
        "Cao Deng Feng Guo Huang Jiang Liang Pan Shen Zhao",
    ),
    "japanese": (
        "Aiko Daichi Emi Haruto Kaori Makoto Naoko Ren Sora Yui",
        "Aoki Endo Fujita Hayashi Inoue Kimura Matsuda Nakano Ogawa Shimizu",
    ),
    "korean": (
        "Bora Dohyun Eunji Haneul Jiwoo Minseo Nari Seojun Sumin Yuna",
        "Ahn Bae Choi Hwang Jang Kwon Moon Noh Seo Yoon",
    ),
    "vietnamese": (
        "An Bình Chi Dũng Hà Khánh Linh Minh Quỳnh Thảo",
        "Bùi Đặng Đỗ Hồ Lê Ngô Phan Trần Trịnh Vũ",
    ),
    "nigerian": (
        "Adaeze Bolaji Chidi Damilola Emeka Folake Ifeoma Kunle Ngozi Tunde",
        "Abiodun Adeyemi Balogun Chukwu Eze Ibekwe Nwosu Ogunleye Okafor Uzoma",
    ),
    "east african": (
        "Abebe Amani Baraka Dawit Faraja Hirut Juma Makena Selam Wanjiru",
        "Bekele Gebre Kamau Kiprono Mwangi Njoroge Odhiambo Otieno Tadesse Wekesa",
    ),
    "pacific": (
        "Aroha Hemi Kaia Leilani Manaia Ngaire Rangi Sione Talia Wiremu",
        "Faleolo Hohepa Kahale Mahuta Paki Rewi Tamihana Tuiasau Vaea Waititi",
    ),
}  # fmt: skip
AT_HOME = {
    "DE": "german", "AT": "german", "CH": "german", "FR": "french", "ES": "spanish", "MX": "spanish",
    "AR": "spanish", "BR": "portuguese", "PT": "portuguese", "IT": "italian", "NL": "dutch", "SE": "nordic",
    "NO": "nordic", "PL": "polish", "GR": "greek", "TR": "turkish", "IL": "hebrew", "EG": "arabic", "IN": "indian",
    "SG": "chinese", "TW": "chinese", "JP": "japanese", "KR": "korean", "VN": "vietnamese", "NG": "nigerian",
    "KE": "east african", "AU": "pacific",
}  # fmt: skip

TITLES: dict[str, tuple[str, ...]] = {
    "engineer": (
        "Senior Software Engineer", "Sr. SWE", "Senior Software Engineer", "Lead Engineer", "Product Engineer",
        "Product Engineer", "Tech Lead", "Engineering Lead, Growth", "Principal Engineer", "Staff Engineer",
        "Senior Frontend Engineer", "Full-Stack Developer", "Full Stack Engineer (Web)", "Senior Software Developer",
        "Senior Backend Engineer", "Software Engineer", "Software Engineer II", "Founding Engineer",
        "Platform Engineer", "Junior Developer", "Software Engineering Intern", "Engineering Manager",
    ),
    "product": (
        "Product Manager", "Senior Product Manager", "Technical Product Manager", "Sr. PM", "PM", "Head of Product",
        "Product Lead", "VP Product", "CPO", "Chief Product Officer", "Product Engineer", "Product Owner",
        "Associate Product Manager", "Director of Product - Payments", "Group Product Manager",
    ),
    "founder": (
        "Founder", "Co-Founder & CEO", "Co-Founder and CTO", "Technical Co-Founder", "Founder / CTO", "CTO", "CEO",
        "Founder & Engineer", "Chief Technology Officer", "Co-Founder",
    ),
    "designer": (
        "Product Designer", "Senior UX Designer", "Head of Design", "UI/UX Designer", "Brand Designer", "Design Lead",
    ),
    "marketer": (
        "Marketing Manager", "Head of Marketing", "Product Marketing Manager", "Growth Manager", "CMO", "VP Marketing",
        "Content Marketer", "Head of Growth", "SEO Specialist",
    ),
    "data": (
        "Data Analyst", "Senior Data Scientist", "Data Engineer", "Analytics Engineer", "Head of Data", "BI Analyst",
        "Product Analyst",
    ),
    "sales": (
        "Account Executive", "Sales Engineer", "Head of Sales", "Sales Development Representative",
        "Solutions Engineer", "Customer Success Manager", "VP Sales",
    ),
    "other": (
        "Office Manager", "Technical Recruiter", "Finance Director", "Assistant to the CTO", "Legal Counsel",
        "Operations Lead", "Former Product Manager", "People Partner", "Scrum Master", "Advisor",
    ),
    "hobbyist": (
        "Software Engineer", "Senior Software Engineer", "Software Consultant", "Indie Developer",
        "Full Stack Developer", "Maker", "Data Scientist", "Product Engineer", "Freelance Developer",
    ),
}  # fmt: skip
TITLES_ABROAD: dict[str, dict[str, tuple[str, ...]]] = {
    "german": {
        "engineer": (
            "Senior Softwareentwickler", "Leitende Softwareentwicklerin (m/w/d)", "Senior Entwicklerin",
            "Teamleiter Softwareentwicklung",
        ),
        "product": ("Produktmanagerin", "Leiter Produktmanagement", "Produktmanager"),
        "founder": ("Technische Gründerin", "Gründer und Geschäftsführer", "Technischer Geschäftsführer"),
        "marketer": ("Leiterin Marketing", "Marketingleiter"),
        "data": ("Datenanalystin",),
        "sales": ("Vertriebsleiter",),
        "hobbyist": ("Softwareentwicklerin",),
    },
    "french": {
        "engineer": (
            "Ingénieure logiciel senior", "Développeur full stack", "Responsable technique", "Lead développeur",
        ),
        "product": ("Chef de produit", "Responsable produit", "Directrice produit"),
        "founder": ("Cofondateur technique", "Directrice technique", "Fondatrice"),
        "marketer": ("Responsable marketing",),
        "data": ("Analyste de données", "Ingénieur data"),
        "designer": ("Graphiste",),
        "sales": ("Directeur commercial",),
        "hobbyist": ("Développeuse full stack",),
    },
    "spanish": {
        "engineer": ("Ingeniera de software senior", "Desarrollador full stack", "Líder técnico"),
        "product": ("Jefa de producto", "Gerente de producto", "Director de producto"),
        "founder": ("Cofundador técnico", "Directora de tecnología", "Fundadora"),
        "marketer": ("Jefe de marketing",),
        "data": ("Analista de datos", "Ingeniera de datos"),
        "designer": ("Diseñadora de producto",),
        "sales": ("Ejecutiva de ventas",),
        "hobbyist": ("Desarrolladora",),
    },
}  # fmt: skip

FAMILIES = ("engineer", "product", "founder", "designer", "marketer", "data", "sales", "other", "hobbyist")
CROWDS: dict[str, tuple[int, ...]] = {  # how many of each family there are in a hundred
    "startup": (42, 18, 6, 8, 8, 8, 6, 4, 0),
    "young": (30, 8, 45, 8, 5, 2, 0, 2, 0),
    "project": (0, 0, 0, 0, 0, 0, 0, 0, 100),
    "firm": (18, 12, 2, 8, 18, 10, 16, 16, 0),
    "nobody": (30, 15, 15, 5, 10, 5, 10, 10, 0),
}

DONE = (
    ("email", "First note sent", "Wrote two lines about what they shipped last week. No reply yet."),
    ("email", "Answered a question on hosting", "They want the data in the EU. Sent the page on self-hosting."),
    ("call", "First call", "Twenty minutes. They count sign-ups by hand and want a funnel."),
    ("call", "Call on pricing", "They fear a bill that jumps. Showed the calculator."),
    (
        "meeting",
        "Demo at their scale",
        "Showed a funnel on a hundred million events. The engineer asked about upgrades.",
    ),
    ("meeting", "Met at a meetup", "The technical founder knows us from Hacker News."),
    ("note", "Hiring", "Three openings for product engineers on their page."),
    ("note", "Uses another tool", "Their site loads another analytics script. Nobody likes the bill."),
    ("note", "New round announced", "Wait for the dust to settle, then congratulate."),
)
DUE = (
    ("Ask who owns product analytics", "A question to the engineer we know."),
    ("Send the self-hosting guide", "They asked for it on the call."),
    ("Find out the monthly revenue", "It would settle the segment."),
    ("Check how the trial goes", "See whether the first funnel is there."),
    ("Congratulate on the launch", "One line, no pitch."),
)
REASONS = ("Chose to build it themselves", "Price", "No time this quarter", "Stayed with the old tool")
