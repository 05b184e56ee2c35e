"""The words of closed sets, as English messages that the catalogues translate."""

from fanal.model.category import Category, Family
from fanal.model.circle import Circle
from fanal.model.gap import Shortage
from fanal.model.group import Group
from fanal.model.release import Basis, ReleaseKind
from fanal.web.needs import NEEDS

LABELS: dict[str, dict[str, str]] = {
    "family": {
        Family.TRADE: "Trade in people and arms",
        Family.DISTRESS: "Distress",
        Family.CONFLICT: "Conflict events",
        Family.DISPLACEMENT: "Displacement",
    },
    "category": {
        Category.OFFER: "Offer of a person",
        Category.LURE: "Deceptive offer",
        Category.CONTROL: "Control over a person",
        Category.PLEA: "Plea for help",
        Category.FLIGHT: "Flight",
        Category.ATTACK: "Attack or threat",
        Category.NEED: "Need",
        Category.ARMS: "Arms traded",
    },
    "group": {
        Group.RESIDENTS: "All residents",
        Group.DISPLACED: "Displaced people",
        Group.RETURNEES: "Returnees",
        Group.CHILDREN: "Children",
        Group.WOMEN_AND_GIRLS: "Women and girls",
        Group.MIGRANT_WORKERS: "Migrant workers",
        Group.CAMP_RESIDENTS: "Camp residents",
    },
    "kind": {
        ReleaseKind.COUNTS: "Released counts",
        ReleaseKind.HOTSPOTS: "Hotspots",
        ReleaseKind.INDEX: "Risk index",
        ReleaseKind.SERVICES: "Services",
        ReleaseKind.PEOPLE: "People of each group",
    },
    "basis": {Basis.POSTS: "from posts", Basis.LAYERS: "from public layers"},
    "circle": {Circle.INSIDE: "inside", Circle.PARTNERS: "partners by name", Circle.PUBLIC: "the public"},
    "dimension": {
        "hazard": "Hazard and exposure",
        "vulnerability": "Vulnerability",
        "coping": "Lack of coping capacity",
    },
    "part": {
        "conflict_events": "Conflict events",
        "one_sided_violence": "Violence against civilians",
        "conflict_trend": "Trend of conflict",
        "arrivals": "New arrivals of displaced people",
        "displaced_families": "Displaced families per resident",
        "displaced_number": "Number of displaced families",
        "women_and_girls_share": "Share of women and girls",
        "children_share": "Share of children",
        "returnees_rate": "Returnees per resident",
        "migrant_workers_rate": "Migrant workers per resident",
        "camp_residents_rate": "Camp residents per resident",
        "agencies": "Few agencies",
        "sectors": "Few sectors of help",
    },
    "unit": {
        name: name
        for name in (
            "events of the last 12 known weeks per 100,000 residents",
            "events against civilians of the last 12 known weeks per 100,000 residents",
            "events a week per 100,000 residents: last 4 known weeks less the 8 before",
            "share of places with displaced families that grew since the round before",
            "displaced families present per 1,000 residents",
            "displaced families present",
            "share of residents",
            "share of residents under 18",
            "returnees per 1,000 residents",
            "migrant workers per 1,000 residents",
            "camp residents per 1,000 residents",
            "agencies, counted once a sector, per 100,000 residents",
            "sectors with an agency; five or more count as all",
            "agencies, counted once a sector, per 100,000 residents (from an undated list)",
            "sectors with an agency; five or more count as all (from an undated list)",
        )
    },
    "layer": {"events": "Reports of conflict events", "displacement": "Counts of displaced families"},
    "sector": {
        "camp coordination and camp management": "Camp coordination and camp management",
        "cccm": "Camp coordination and camp management",
        "child protection": "Child protection",
        "early recovery": "Early recovery",
        "education": "Education",
        "emergency livelihoods": "Livelihoods",
        "food security": "Food security",
        "gbv": "Gender-based violence",
        "gender-based violence": "Gender-based violence",
        "health": "Health",
        "livelihoods": "Livelihoods",
        "logistics": "Logistics",
        "multi-sector": "Several sectors",
        "nutrition": "Nutrition",
        "protection": "Protection",
        "shelter": "Shelter",
        "shelter and nfi": "Shelter and household items",
        "social cohesion": "Social cohesion",
        "wash": "Water, sanitation and hygiene",
    },
    "need": {need.value: text for need, text in NEEDS.items()},
    "shortage": {
        Shortage.SHORT: "short",
        Shortage.MAYBE: "may be short",
        Shortage.NONE_FOUND: "no shortfall found, which does not mean safe",
        Shortage.NONE_COUNTED: "nobody is counted, which does not mean that nobody is there",
        Shortage.NOT_KNOWN: "not known",
    },
    "mechanism": {
        name: name
        for name in (
            "none: public layers",
            "none: layers hold no posts",
            "one author in one ISO week",
            "one post: the stream names no authors, so each post counts as an author",
            "OpenDP discrete Laplace",
            "none beyond the released counts: scanned after the noise, with the same noise in every replicate",
        )
    },
}
"""For each closed set, and for texts that stages write in English: value to English message.

A value that is not here is shown as it is.
"""
