"""Who is there in the accounts of each segment."""

from typing import Any

from crm.scoring.survey_spans import Found, share
from personas.rules.document import Document

from .frame import companies_in, names_of


def persona_rows(document: Document, found: Found) -> list[dict[str, Any]]:
    """For each segment and the personas wanted there, in how many accounts these are present, missing, or unknown."""
    names = names_of(document)
    personas = {persona.key: persona.name or persona.key for persona in document.personas}
    rows = []
    for segment in found["segments"]:
        for each in segment["personas"]:
            key, accounts = each["persona"], segment["accounts"]
            rows.append(
                {
                    "segment": names.get(segment["segment"], segment["segment"]),
                    "accounts": accounts,
                    "accounts_link": companies_in(segment["segment"]),
                    "persona": personas.get(key, key),
                    "present": each["present"],
                    "present_share": share(each["present"], accounts),
                    "present_link": companies_in(segment["segment"], persona=f"{key}:present"),
                    "missing": each["missing"],
                    "missing_share": share(each["missing"], accounts),
                    "missing_link": companies_in(segment["segment"], persona=f"{key}:missing"),
                    "unknown": each["unknown"],
                    "unknown_share": share(each["unknown"], accounts),
                    "unknown_link": companies_in(segment["segment"], persona=f"{key}:unknown"),
                }
            )
    return rows
