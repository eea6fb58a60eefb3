"""Bake public holidays and make-up workdays into the package: `python -m infra.calendars.bake`.

The library is needed here only; what ships is data. A year is `announced` when its make-up workdays are known: China's
State Council publishes them in the November before, and until then a year holds the statutory days alone.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import holidays

PATH = Path(__file__).parents[2] / "shared" / "ownerloop" / "data" / "calendars.json"
YEARS = range(2014, 2028)
COUNTRIES = ("CN",)
NOTE = (
    "Public holidays of mainland China and the weekend days worked in exchange, by the yearly notices of the General"
    " Office of the State Council. A year that is not announced holds the days that the law names, and no exchange."
    " Baked by infra/calendars/bake.py; a new year is a new version here, never an edit by hand."
)


def baked() -> list[dict[str, Any]]:
    """Return the calendars as the pinned library knows them, in the form of a policy file."""
    return [
        {
            "version": "calendars-1",
            "effective_on": f"{YEARS.start}-01-01",
            "note": NOTE,
            "source": f"PyPI holidays {version('holidays')}",
            "countries": [{"country": country, "years": _years(country)} for country in COUNTRIES],
        }
    ]


def _years(country: str) -> list[dict[str, Any]]:
    known = holidays.country_holidays(country, years=YEARS)
    years = []
    for year in YEARS:
        worked = sorted(day.isoformat() for day in known.weekend_workdays if day.year == year)
        free = sorted(day.isoformat() for day in known if day.year == year)
        years.append({"year": year, "announced": bool(worked), "holidays": free, "workdays": worked})
    return years


def main() -> None:
    """Write the file, one line a year, so that a change of the library reads as a change of years."""
    text = json.dumps(baked(), ensure_ascii=False, indent=2)
    for year in (year for country in baked()[0]["countries"] for year in country["years"]):
        wide = json.dumps(year, indent=2).replace("\n", "\n" + " " * 10)
        text = text.replace(wide, json.dumps(year))
    PATH.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
