"""The words that job titles are made of, and what each says.

A word is told apart by the work it does in a title: a level, a head ("engineer"), a discipline that may stand
before a head, an area that somebody may lead, or a separator. Words are written folded: no case, no accents.
"""

from typing import Final


def listed(words: str) -> frozenset[str]:
    """The words of a list that is written as text."""
    return frozenset(words.split())


# ---------------------------------------------------------------------------------------------------- spelling

ONE_WORD: Final = {
    "&": "and", "und": "and", "et": "and", "y": "and",
    "sr": "senior", "snr": "senior", "sen": "senior", "jr": "junior", "jnr": "junior", "mgr": "manager",
    "mngr": "manager", "manger": "manager", "mgmt": "management", "mgt": "management", "dir": "director",
    "eng": "engineer", "engr": "engineer", "engg": "engineering", "dev": "developer", "prog": "programmer",
    "assoc": "associate", "asst": "assistant", "assist": "assistant", "exec": "executive", "ops": "operations",
    "tech": "technical", "techn": "technical", "prin": "principal", "princ": "principal", "ppal": "principal",
    "arch": "architect", "admin": "administrator", "acct": "account", "intl": "international", "mktg": "marketing",
    "mkt": "marketing", "mkting": "marketing", "comms": "communications", "dept": "department",
    "coord": "coordinator",
    "spec": "specialist", "rep": "representative", "svc": "service", "svcs": "service", "sys": "systems",
    "system": "systems", "app": "application", "apps": "application", "applications": "application",
    "infra": "infrastructure", "prod": "product", "des": "designer", "info": "information",
    "mobil": "mobile", "hr": "people", "sw": "software", "hw": "hardware", "fe": "frontend", "be": "backend",
    "fs": "fullstack", "fullstack": "fullstack", "frontend": "frontend", "backend": "backend", "biz": "business",
    "ml": "ml", "mle": "ml engineer", "ai": "ai", "genai": "ai", "sre": "sre", "swe": "software engineer",
    "sde": "software engineer", "sdet": "software test engineer", "mts": "mts software engineer",
    "smts": "senior mts software engineer", "pmts": "principal mts software engineer",
    "lmts": "lead mts software engineer", "em": "engineering manager", "qa": "qa", "vp": "vp", "svp": "senior vp",
    "evp": "executive vp", "avp": "assistant vp", "dvp": "vp", "rvp": "vp", "gvp": "vp", "fvp": "vp",
    "cto": "cto", "ceo": "ceo", "coo": "coo", "cfo": "cfo", "cmo": "chief marketing officer",
    "cpto": "chief product and cto", "ctpo": "cto and chief product officer",
    "pmm": "product marketing manager", "gpm": "group product manager", "po": "product owner",
    "bi": "bi", "ux": "ux", "ui": "ui", "uxr": "ux researcher", "seo": "seo", "smm": "socialmedia",
    "cofounder": "founder",
    "cofounded": "founder", "founded": "founder", "cofounding": "founder", "ecommerce": "ecommerce",
    "programer": "programmer", "devs": "developer", "coder": "programmer", "webdev": "web developer",
    "organisation": "organization", "centre": "center", "organisational": "organizational",
    "graphics": "graphic", "marketeer": "marketer", "marketers": "marketer", "r&d": "rnd",
    "webmaster": "web developer", "pc": "pc", "devsecops": "devops", "mlops": "ml", "dataops": "data",
    "golang": "go", "reactjs": "react", "nodejs": "node", "angularjs": "angular", "vuejs": "vue", "dotnet": "net",
    "analytic": "analytics", "presales": "presales", "presale": "presales", "vc": "vc", "ds": "data scientist",
    # German
    "entwickler": "developer", "softwareentwickler": "software developer", "ingenieur": "engineer",
    "programmierer": "programmer", "entwicklung": "engineering", "softwareentwicklung": "software development",
    "leitender": "lead", "leitende": "lead", "leiter": "head", "leitung": "head", "teamleiter": "team lead",
    "teamleitung": "team lead", "technischer": "technical", "technische": "technical", "technik": "technology",
    "produkt": "product", "produkte": "product", "produktmanagement": "product management", "daten": "data",
    "analyst": "analyst", "analysten": "analyst", "grunder": "founder", "mitgrunder": "founder",
    "gruender": "founder",
    "mitgruender": "founder", "geschaftsfuhrer": "ceo", "geschaeftsfuehrer": "ceo", "geschaftsleitung": "ceo",
    "inhaber": "owner", "gestalter": "designer", "grafiker": "graphic designer", "grafik": "graphic",
    "architekt": "architect", "softwarearchitekt": "software architect", "vertrieb": "sales",
    "einkauf": "procurement",
    "personal": "people", "finanzen": "finance", "recht": "legal", "verantwortlicher": "owner",
    "verantwortliche": "owner", "produktverantwortlicher": "product owner", "produktverantwortliche": "product owner",
    "bereichsleiter": "head", "abteilungsleiter": "head", "projektleiter": "project manager",
    "werkstudent": "student", "praktikant": "intern", "praktikum": "intern", "auszubildender": "apprentice",
    "auszubildende": "apprentice", "azubi": "apprentice", "ausbildung": "apprentice", "ehemaliger": "former",
    "ehemalige": "former", "datenwissenschaftler": "data scientist", "wissenschaftler": "scientist",
    "redakteur": "editor", "anwendungs": "application", "anwendung": "application", "vertriebs": "sales",
    "projekt": "project", "qualitats": "quality", "produktions": "production", "fertigungs": "manufacturing",
    "berater": "consultant", "mitarbeiter": "associate", "referent": "specialist", "vorstand": "chief",
    "bau": "civil", "elektro": "electrical", "maschinenbau": "mechanical", "chefentwickler": "lead developer",
    "stellvertretender": "deputy", "stellvertretende": "deputy", "marketingleiter": "head marketing",
    "produktleiter": "head product",
    # French
    "developpeur": "developer", "programmeur": "programmer", "logiciel": "software", "logiciels": "software",
    "produit": "product", "produits": "product", "donnees": "data", "donnee": "data", "directeur": "director",
    "responsable": "manager", "fondateur": "founder", "cofondateur": "founder", "technique": "technical",
    "concepteur": "designer", "graphiste": "graphic designer", "artistique": "art", "analyste": "analyst",
    "architecte": "architect", "dirigeant": "ceo", "gerant": "owner", "pdg": "ceo", "adjoint": "deputy",
    "stagiaire": "intern", "stage": "stage", "alternant": "apprentice", "alternance": "apprentice",
    "apprenti": "apprentice", "etudiant": "student", "ancien": "former", "ventes": "sales",
    "commercial": "commercial",
    "informatique": "it", "charge": "specialist", "webmarketing": "marketing", "redacteur": "writer",
    "chercheur": "researcher", "mobiles": "mobile", "applicatif": "application", "principale": "principal",
    "confirme": "senior", "debutant": "junior", "technologie": "technology", "technologies": "technology",
    "croissance": "growth", "marque": "brand", "contenu": "content", "vendeur": "salesperson",
    "mecanique": "mechanical", "electrique": "electrical", "civile": "civil",
    # Spanish
    "desarrollador": "developer", "programador": "programmer", "ingeniero": "engineer", "producto": "product",
    "productos": "product", "datos": "data", "jefe": "manager", "jefa": "manager", "gerente": "manager",
    "lider": "lead", "tecnico": "technical", "tecnica": "technical", "tecnologia": "technology",
    "fundador": "founder", "cofundador": "founder", "disenador": "designer", "diseno": "design",
    "grafico": "graphic", "grafica": "graphic", "mercadotecnia": "marketing", "mercadeo": "marketing",
    "propietario": "owner", "dueno": "owner", "analista": "analyst", "cientifico": "scientist",
    "arquitecto": "architect", "encargado": "manager", "subdirector": "deputy director", "becario": "intern",
    "practicante": "intern", "practicas": "intern", "estudiante": "student", "ventas": "sales", "calidad": "quality",
    "ingenieria": "engineering", "ingenierie": "engineering", "desarrollo": "development",
    "developpement": "development", "aplicaciones": "application", "movil": "mobile", "moviles": "mobile",
    "vicepresidente": "vp", "presidente": "president", "finanzas": "finance", "mecanico": "mechanical",
    "electrico": "electrical", "industriel": "industrial", "redes": "network", "contenidos": "content",
    "crecimiento": "growth", "marca": "brand", "consultor": "consultant", "especialista": "specialist",
    "coordinador": "coordinator", "exdirector": "former director", "marketeur": "marketer",
    "telemarketing": "telesales", "telemarketer": "salesperson",
}  # fmt: skip

# Heads that lead their phrase, with what they are about behind them: "ingénieur logiciel", "desarrollador web".
HEAD_FIRST: Final = listed(
    "developpeur programmeur concepteur analyste architecte desarrollador programador ingeniero disenador "
    "analista cientifico arquitecto propietario dueno chercheur redacteur ingenieur fondateur cofondateur "
    "fundador cofundador"
)

# Several words that are one, longest first where they begin alike.
PHRASES: Final = {
    "full stack": "fullstack", "front end": "frontend", "back end": "backend", "vice president": "vp",
    "vice presidente": "vp", "vice pres": "vp", "v p": "vp", "s v p": "senior vp", "c t o": "cto", "c e o": "ceo",
    "co founder": "founder", "co founded": "founder", "co founding": "founder", "co owner": "owner",
    "co ceo": "ceo", "co cto": "cto", "chief executive officer": "ceo", "chief executive": "ceo",
    "chief operating officer": "coo", "chief operations officer": "coo", "chief technology officer": "cto",
    "chief technical officer": "cto", "chief tech officer": "cto", "chief technical": "cto",
    "chief technology": "cto", "chief engineering officer": "cto", "chief software officer": "cto",
    "chief of staff": "staffchief", "machine learning": "ml", "deep learning": "ml", "artificial intelligence": "ai",
    "generative ai": "ai", "gen ai": "ai", "computer vision": "ml", "natural language processing": "ml",
    "user experience": "ux", "user interface": "ui", "site reliability": "sre", "business intelligence": "bi",
    "quality assurance": "qa", "quality control": "quality", "research and development": "rnd", "r and d": "rnd",
    "social media": "socialmedia", "media social": "socialmedia", "e commerce": "ecommerce", "pre sales": "presales",
    "pre sale": "presales", "dev ops": "devops", "node js": "node", "react js": "react", "react native": "react",
    "vue js": "vue", "next js": "next", "angular js": "angular", "asp net": "net", "dot net": "net",
    "c plus plus": "c++", "data center": "datacenter", "data centers": "datacenter", "data entry": "dataentry",
    "data processing": "dataentry", "real estate": "realestate", "supply chain": "supplychain",
    "human resources": "people", "human resource": "people", "customer success": "success",
    "client success": "success", "business development": "bizdev", "business developer": "salesperson",
    "business dev": "bizdev", "land development": "realestate", "property development": "realestate",
    "managing director": "md", "general manager": "gm", "general counsel": "counsel",
    "information technology": "it", "information security": "security", "information systems": "it",
    "cyber security": "security", "demand generation": "demandgen", "demand gen": "demandgen",
    "growth hacker": "marketer", "growth hacking": "growth", "brand identity": "brand", "public relations": "pr",
    "go to market": "gtm", "member of technical staff": "mts software engineer",
    "member of the technical staff": "mts software engineer", "software development engineer": "software engineer",
    "director general": "ceo", "directeur general": "ceo", "directrice generale": "ceo", "directora general": "ceo",
    "gerente general": "ceo", "president directeur general": "ceo", "consejero delegado": "ceo",
    "directeur technique": "cto", "directrice technique": "cto", "director tecnico": "cto",
    "directora tecnica": "cto",
    "director de tecnologia": "cto", "directora de tecnologia": "cto", "technischer geschaftsfuhrer": "cto",
    "technische geschaftsfuhrer": "cto", "technischer geschaeftsfuehrer": "cto", "directeur de la technologie": "cto",
    "directrice de la technologie": "cto", "technischer direktor": "cto", "technischer leiter": "head technology",
    "technische leiter": "head technology", "technische leitung": "head technology",
    "chef de": "manager of", "cheffe de": "manager of", "chef du": "manager of", "chef d": "manager of",
    "charge de": "specialist of", "chargee de": "specialist of", "product owner": "product owner",
    "art director": "art designer", "creative director": "creative designer", "directeur artistique": "art designer",
    "directrice artistique": "art designer", "director de arte": "art designer", "directora de arte": "art designer",
    "director creativo": "creative designer", "directora creativa": "creative designer",
    "scrum master": "scrummaster", "executive assistant": "secretary", "personal assistant": "secretary",
    "administrative assistant": "secretary", "executive director": "executivedirector",
    "working student": "student", "technical staff": "technical associate", "desktop publisher": "graphic designer",
    "desktop publishing": "graphic design", "big data": "data", "tele marketing": "telesales",
    "tele sales": "telesales", "data base": "database", "web site": "website",
    "video game": "game", "open source": "opensource", "ruby on rails": "ruby", "objective c": "ios",
    "community manager": "community marketer", "content creator": "content marketer", "copy writer": "copywriter",
    "sound engineer": "soundengineer", "audio engineer": "soundengineer", "engineer in charge": "chargeengineer",
    "customer experience": "customer", "client experience": "customer", "product line": "productline",
    "curriculum development": "curriculum", "economic development": "economic",
    "organizational development": "people", "learning and development": "people",
    "forward deployed": "deployed", "trust and safety": "trustsafety", "safety and trust": "trustsafety",
    "trust safety": "trustsafety",
    "t and s": "trustsafety", "trust , safety": "trustsafety", "mergers and acquisitions": "finance",
    "public policy": "policy",
    "project manager": "project manager", "program manager": "program manager", "stage manager": "stagemanager",
    "set designer": "setdesigner", "entwickler in": "developer", "all genders": "", "gn": "",
}  # fmt: skip

# Abbreviations with several readings: the first is taken and flagged, unless a word of the title asks for another.
AMBIGUOUS: Final = {
    "pm": ("product manager", {
        "project": "project manager", "construction": "project manager", "site": "project manager",
        "property": "property manager", "estate": "property manager", "realestate": "property manager",
        "program": "program manager", "programme": "program manager", "pmp": "project manager",
        "prince2": "project manager", "pmo": "project manager",
    }),
    "cpo": ("chief product officer", {
        "people": "chief people officer", "talent": "chief people officer", "culture": "chief people officer",
        "procurement": "chief procurement officer", "purchasing": "chief procurement officer",
        "privacy": "chief privacy officer", "chro": "chief people officer", "hr": "chief people officer",
    }),
    "cdo": ("chief data officer", {
        "digital": "chief digital officer", "diversity": "chief diversity officer",
        "development": "chief bizdev officer", "design": "chief design officer",
    }),
    "tpm": ("technical product manager", {
        "program": "technical program manager", "programme": "technical program manager",
        "project": "technical project manager",
    }),
    "apm": ("associate product manager", {"project": "project manager", "property": "property manager"}),
}  # fmt: skip

# ------------------------------------------------------------------------------------------------------ levels

# How high each level word stands; where a title has several the highest counts.
SENIORITY: Final = {
    "intern": (0, "intern"), "student": (0, "intern"), "apprentice": (0, "intern"), "trainee": (0, "intern"),
    "graduate": (1, "junior"), "junior": (1, "junior"), "associate": (1, "junior"), "assistant": (1, "junior"),
    "entry": (1, "junior"), "mid": (2, "mid"), "intermediate": (2, "mid"), "mts": (2, "mid"), "i": (1, "junior"),
    "ii": (2, "mid"), "iii": (3, "senior"), "iv": (4, "staff"), "v": (5, "principal"),
    "senior": (3, "senior"), "staff": (4, "staff"), "principal": (5, "principal"), "distinguished": (5, "principal"),
    "fellow": (5, "principal"), "lead": (6, "lead"), "leader": (6, "lead"), "group": (6, "lead"),
    "md": (11, "chief"), "manager": (7, "manager"), "director": (9, "director"), "head": (8, "head"), "vp": (10, "vp"),
    "chief": (11, "chief"), "founding": (0, ""), "executive": (0, ""), "deputy": (0, ""), "acting": (0, ""),
    "interim": (0, ""), "professional": (0, ""), "expert": (0, ""),
}  # fmt: skip
FOUNDER_SENIORITY: Final = "founder"

# Level words wherever they stand; the second group only before something else ("Marketing Associate" is a job).
LEVELS: Final = listed(
    "junior senior staff principal distinguished lead leader director head vp chief md mid intermediate mts "
    "founding deputy acting interim graduate entry intern student apprentice trainee"
)
LEVELS_IN_FRONT: Final = listed("associate assistant executive group professional expert")
LEVELS_AT_THE_END: Final = {"1": "i", "2": "ii", "3": "iii", "4": "iv", "5": "v"} | {
    each: each for each in ("i", "ii", "iii", "iv", "v", "fellow")
}
# Level words that lead an area: "Director, Engineering", "Head of Product".
LEADING: Final = listed("lead leader director head vp chief md manager president gm executive")

# ------------------------------------------------------------------------------------------------------- heads

BUILDERS: Final = listed("engineer developer programmer architect hacker")
DESIGNERS: Final = listed("designer illustrator")
EXECUTIVES: Final = listed(
    "founder ceo coo owner proprietor chairman chairwoman chairperson president entrepreneur solopreneur"
)
# Heads that say nothing of the work: what stands before them does.
PLAIN_HEADS: Final = listed(
    "manager officer specialist associate coordinator assistant consultant strategist executive member team "
    "staff contractor freelancer professional expert owner representative generalist guru ninja rockstar wizard "
    "roles role evangelist producer planner department unit volunteer fellow administrator supervisor partner "
    "gm practitioner trainer ambassador tester"
)
# Heads that show, check or keep a product and do not shape it.
AROUND_THE_PRODUCT: Final = listed("supervisor trainer tester administrator representative ambassador")
# Plain heads that lead an area or do its work, not ones that help with it ("engineering coordinator").
LEADING_HEADS: Final = listed(
    "manager officer owner executive team roles role fellow contractor freelancer guru ninja rockstar wizard gm"
)
MARKETERS: Final = listed("marketer copywriter influencer")
# What makes a writer or editor a marketer.
WRITERS: Final = listed("writer creator editor author")
# Heads of other trades. Words that merely look like one (…er, …or, …ist) count too, where nothing else is a head.
OTHER_HEADS: Final = listed(
    "recruiter sourcer headhunter counsel attorney lawyer paralegal accountant auditor controller technician "
    "technologist tech mechanic operator assembler inspector investigator teacher lecturer professor instructor "
    "nurse physician doctor therapist pharmacist surgeon dentist driver cashier clerk secretary receptionist "
    "barista chef cook baker waiter salesperson seller buyer purchaser broker trader banker underwriter "
    "adjuster actuary economist investor advisor adviser mentor coach journalist photographer videographer "
    "musician actor singer drafter draftsman draftsperson surveyor estimator planner scheduler dispatcher guard "
    "officer police soldier pilot captain librarian archivist translator interpreter minister pastor politician "
    "clergy janitor cleaner porter helper laborer worker farmer fisherman electrician plumber carpenter welder "
    "machinist maker repairer installer fabricator demonstrator merchandiser stylist model dancer scrummaster "
    "staffchief executivedirector soundengineer chargeengineer setdesigner stagemanager cfo cio ciso advocate "
    "liaison aide apprentice foreman superintendent chairperson board trustee treasurer president reporter "
    "anchor announcer postdoc candidate scholar dean principalship tutor counselor counsellor psychologist "
    "sociologist biologist chemist physicist geologist statistician mathematician handler packer picker sorter "
    "tender setter grader tester weigher agent collector reviewer moderator responder hunter detective "
    "expediter extractor checker crew gaffer grip machine equipment operations salesman saleswoman telemarketer"
) - listed("operations planner officer apprentice tester president chairperson")
RESEARCHERS: Final = listed("scientist researcher")
AGENT_ENDINGS: Final = (
    "er", "or", "ist", "ian", "man", "men", "woman", "ant", "ee", "ier", "eer", "ess", "smith", "wright",
)  # fmt: skip

# ------------------------------------------------------------------------------------- what builders may work on

# These make an engineer, developer or architect one of software, whatever else stands beside them.
SOFTWARE: Final = listed(
    "software frontend backend fullstack web website mobile ios android flutter swift kotlin java javascript "
    "typescript python ruby rails php laravel symfony django go rust scala clojure elixir erlang haskell perl c "
    "c++ c# f# net node react angular vue next svelte jquery html html5 css wordpress drupal magento shopify "
    "salesforce servicenow sharepoint dynamics sap abap oracle plsql sql mysql postgres postgresql mongodb "
    "nosql graphql api sdk devops sre cloud aws azure gcp kubernetes docker terraform linux unix kernel "
    "compiler unity unreal game gameplay games blockchain crypto web3 solidity ethereum nft ui etl informatica "
    "cobol mainframe delphi firmware saas crm erp middleware microservices serverless spark hadoop kafka "
    "elasticsearch chatbot bot browser chrome application database ar vr xr opensource programming computing "
    "websites coding cybersecurity itom qt wpf winforms windows macos lisp sitecore aem mulesoft pega appian "
    "workday netsuite odoo outsystems powerbuilder vba excel tableau prompt llm"
)
# These may stand inside a software title, and mean something else beside an engine or a bridge.
DISCIPLINES: Final = listed(
    "deployed platform infrastructure systems security performance integration integrations release build tools "
    "tooling developer product growth payments payment billing checkout search ads advertising feed identity "
    "commerce ecommerce fintech monetization recommendation recommendations ranking messaging streaming media "
    "video voice speech communication messenger notifications experience experimentation internal core applied "
    "embedded development dev programming features feature services service graphic rendering animation "
    "simulation robotics vision nlp autonomy perception trading quant quantitative research creative enterprise "
    "digital technical technology it innovation solution solutions automation qa test computer distributed "
    "storage observability monitoring productivity quality founding ux personalization catalog marketplace "
    "logistics health healthcare education edtech banking bank insurance protocol network networking "
    "vulnerability threat intelligence fraud risk trustsafety trust safety privacy offensive detection response "
    "penetration appsec infosec access iam authentication crypto cryptography smart contract contracts "
    "interface architecture agile lean scrum engagement social community travel maps location geospatial gis "
    "bioinformatics"
)
# Of those, the ones that make an engineer one of software when they stand alone.
ENOUGH_ALONE: Final = DISCIPLINES - listed(
    "service services automation quality test network networking safety trust risk fraud logistics health "
    "healthcare insurance solution solutions contract contracts access location travel education vulnerability "
    "creative robotics trustsafety bioinformatics advertising engagement community maintenance video media "
    "voice communication lean simulation research threat intelligence banking bank"
)
DATA_WORDS: Final = listed("data analytics bi datawarehouse warehouse warehousing insights")
LEARNING: Final = listed("ml ai nlp")
# These make an engineer one who sells or supports.
SELLING: Final = listed(
    "sales presales support customer client success field implementation solution solutions onboarding partner "
    "account helpdesk desktop deployment warranty"
)
# These make an engineer or designer one of things, not of software.
THINGS: Final = listed(
    "mechanical electrical electronic electronics civil structural chemical industrial manufacturing production "
    "process processing hardware sound audio broadcast building buildings facilities facility aerospace "
    "biomedical biological automotive vehicle aircraft aviation aeronautical aeronautics aerodynamics "
    "propulsion marine naval ship rail railroad railway highway roadway traffic transportation bridge tunnel "
    "geotechnical geological mining mine petroleum oil gas drilling reservoir pipeline piping pipe nuclear "
    "power energy solar wind turbine hydro hydraulic hydraulics water wastewater sanitary environmental "
    "agricultural food packaging plastics polymer materials material metallurgical metals ceramic glass textile "
    "paper wood mold mould tool die tooling fixture stress thermal fluid hvac refrigeration heating boiler "
    "plant maintenance reliability safety fire protection acoustic acoustical optical optics photonics laser "
    "semiconductor silicon chip chips circuit circuits ic vlsi asic fpga rtl soc pcb analog rf microwave "
    "antenna radar sensor wireless telecom telecommunication telecommunications signal cable wire fiber "
    "verification validation layout cad cnc nc plc scada control controls instrumentation mechatronics "
    "microsystems microelectromechanical microelectronics nanosystems nano nanotechnology robot calibration "
    "metrology quality cost estimating value methods logistics warehouse locomotive stationary engine engines "
    "gear combat weapons weapon ordnance military army navy missile rocket satellite space spacecraft flight "
    "avionics airframe fuel cell battery batteries biofuel biofuels biodiesel geothermal energetic crash seat "
    "chassis body powertrain transmission brake suspension tire steel concrete construction project site county "
    "city municipal state land survey surveying resident sustainability green ergonomic ergonomics human "
    "factors medical clinical pharmaceutical bio bioprocess biotech agriculture irrigation soil hydrologic "
    "hydrology coating corrosion welding assembly equipment machine machinery device devices component "
    "components installation rigging mill factory foundry furniture elevator crane dredge electromechanical "
    "electrochemical optomechanical physical packing distribution substation relay utilities utility "
    "commissioning roofing architectural landscape interior garden rnd lubrication combustion noise vibration "
    "offshore subsea well completion frac mud loss prevention harbor port dam flood seismic test diesel "
    "rotating static tribology tubing vacuum watershed yield lithography wafer etch"
) - listed("project human space value test state")  # fmt: skip
CRAFTS: Final = listed(
    "fashion floral jewelry jewellery costume lighting set stage furniture kitchen bath textile apparel garment "
    "clothing shoe footwear hair nail wedding event events exhibit exhibition museum store window display toy "
    "gem gemstone tattoo pattern lace rug carpet fabric knitwear embroidery instructional learning curriculum "
    "course training education elearning sign flower wig millinery handbag accessory accessories pottery "
    "glassware weaving scenic theater theatre theatrical auto car boat yacht park golf garden landscape lens "
    "optical sprinkler database network telecommunication documentation systems system safety security diecut "
    "die dies protein drug experimental lesson study trial program process closet cabinet countertop drapery "
    "floor ring bridal dress bra underwear leather hat mechanical"
)
NOT_CODE: Final = listed(
    "curriculum course land property realestate blueprint film photo recipe policy talent people training sales "
    "business program programme leadership content photographic color fund donor child learning sponsorship "
    "economic franchise market radio music television tv festival concert menu cnc nc tool cam robot numerical "
    "site community real estate lesson workforce instructional photograph prototype concept volunteer supplier "
    "vendor career exhibit script item standards resource housing neighborhood numerically controlled milling "
    "lathe blanking"
)
NEUTRAL: Final = listed(
    "global worldwide international regional national local corporate group north south east west northern "
    "southern eastern western europe european emea apac amer americas america asia africa latam us usa uk eu "
    "india china japan germany france spain canada australia singapore london berlin paris remote hybrid onsite "
    "freelance contract contractual temporary permanent fulltime full part time independent certified "
    "experienced free professional technical new central team company the a an of my our and world wide male "
    "female student level grade self employed consulting chief general overall qualified talented"
)

# ------------------------------------------------------------------------------------------------------- areas

ENGINEERING_AREAS: Final = listed("engineering architecture")
TECHNOLOGY_AREAS: Final = listed("technology technical")
PRODUCT_AREAS: Final = listed("product")
DESIGN_AREAS: Final = listed("design ux ui graphic illustration typography")
MARKETING_AREAS: Final = listed(
    "marketing brand branding growth seo sem ppc advertising socialmedia demandgen copywriting promotion "
    "promotions campaign campaigns influencer advertisement content mercadotecnia adwords"
)
DATA_AREAS: Final = listed("analytics bi datascience")
# Behind these words "content" is something that is looked after, not written to sell.
CONTENT_OF_OTHERS: Final = listed(
    "policy moderation operations safety quality review trust development partnership partnerships acquisition "
    "protection integrity enforcement licensing rights regulation management planning risk"
)
# Words behind an area that leave it what it is: "product strategy", "marketing operations".
OF_THE_AREA: Final = listed(
    "management strategy strategies strategic portfolio innovation innovations roadmap vision team teams "
    "organization office group department division unit function practice delivery excellence operations "
    "planning leadership transformation execution lifecycle community initiatives research development programs "
    "program systems platform platforms tools services service solutions experience"
)
OTHER_AREAS: Final = listed(
    "sales telesales inspection validation finance financial accounting audit tax treasury legal law people "
    "talent recruiting recruitment staffing payroll security compliance risk privacy policy safety quality "
    "manufacturing production supplychain procurement purchasing sourcing logistics warehouse success support "
    "customer client bizdev partnerships partnership alliances channel it facilities realestate administration "
    "insurance banking investment investments capital credit lending loan mortgage wealth trading underwriting "
    "claims actuarial governance regulatory government affairs public pr relations counsel litigation contracts "
    "patent intellectual ip ethics investigations investigation fraud trustsafety trust threat abuse integrity "
    "moderation enforcement enablement commercial revenue pricing monetization training education learning "
    "teaching school curriculum nursing clinical medical health healthcare pharmacy dental hospitality hotel "
    "restaurant kitchen retail store merchandising maintenance construction rnd project program programme scrum "
    "agile operations business general special events event conference travel datacenter dataentry protection "
    "entry collection gm account accounts dealer fleet transport manufacture assembly packaging inventory "
    "planning environmental sustainability ehs energy military emergency fire police religious ministry choir "
    "music theater film tv radio news photography laboratory lab science sciences economics statistics library "
    "museum records archives fundraising development donor volunteer wellness care home social services service "
    "community networking network telecom hardware mechanical electrical civil strategy innovation "
    "transformation gtm productline economic corporate internal administrative communications communication "
    "ecommerce media localization translation documentation crisis resilience continuity intelligence "
    "surveillance response insider workplace culture diversity inclusion belonging benefits compensation labor "
    "employee employees immigration antitrust licensing royalties escalations disputes chargeback aml kyc "
    "financialcrime crime sanctions anti biosecurity counter counterfraud forensics forensic discovery "
    "ediscovery physical executiveprotection protective esg responsible"
)
DATA_ANALYSTS: Final = listed("data bi analytics product insights growth web marketing ml ai reporting")

# -------------------------------------------------------------------------------------------------- exclusions

# Whoever is this is no longer, not yet, or not really what the rest says.
FORMER: Final = listed("former formerly ex retired previously previous emeritus")
NOT_YET: Final = listed(
    "aspiring future wannabe prospective seeking student intern interns internship internships trainee trainees "
    "apprentice apprentices apprenticeship apprenticeships protege coop"
)
# Heads that help the one whom the rest names.
HELPING: Final = listed("assistant secretary aide advisor adviser liaison staffchief support pa ea consultant")
RECRUITING: Final = listed("recruiter sourcer headhunter")
# Of the first, the ones who are somebody's also with "for" or "of" between.
SERVING: Final = listed("secretary aide pa ea")

# -------------------------------------------------------------------------------------------------- separators

AND: Final = frozenset({"and", "und", "et", "y", "cum", "/", "|", ";", "+", "•", "·", "e", "&", "\\"})
STRONG_AND: Final = frozenset({"|", ";", "•", "·"})
SOFT: Final = frozenset({",", "-", ":", "as", "–", "—", "@", "~", ">", "<", "=", "!", "?", '"'})
OPENING: Final = frozenset("([{")
CLOSING: Final = frozenset(")]}")
OF: Final = listed("of de du des del en d")
PREPOSITIONS: Final = listed(
    "at for with in from bei fur chez pour para to within on by via reporting based who helping"
)
ARTICLES: Final = listed("the a an la le les el los las der die das l our my")
SEPARATORS: Final = AND | SOFT | OPENING | CLOSING
STOPS: Final = OF | PREPOSITIONS
