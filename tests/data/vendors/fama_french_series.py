"""A file of Kenneth French's library, written as the library's own files are: text, names, rows, years."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from misbehaving_site import Asked, Reply
from series_answers import Desk, SeriesVendor, Value
from vendor_answers import DAY, ns

FIRST = date(2024, 1, 2)
DAYS = [FIRST + timedelta(days=n) for n in range(150) if (FIRST + timedelta(days=n)).weekday() < 5]
NOW = ns(datetime(2024, 7, 15, 9, tzinfo=UTC))
HEAD = """This file was created by CMPT_ME_BEME_RETS_DAILY using the 202405 CRSP database.
The Tbill return is the simple daily rate that, over the number of trading days
in the month, compounds to 1-month TBill rate from Ibbotson and Associates Inc.

"""


def returns(nth: int) -> tuple[float, ...]:
    return round(0.1 * (nth % 7) - 0.3, 2), round(-0.05 * (nth % 5), 2), -99.99 if nth == 20 else 0.11, 0.022


def file(days: list[date], names: str = "Mkt-RF,SMB,HML,RF") -> bytes:
    rows = [
        f"{day:%Y%m%d},"
        + ",".join(f"{value:8.3f}" if value == 0.022 else f"{value:8.2f}" for value in returns(n))
        for n, day in enumerate(DAYS)
        if day in days
    ]
    text = (
        HEAD + f",{names}\n" + "\n".join(rows) + "\n\nCopyright 2024 Eugene F. Fama and Kenneth R. French\n"
    )
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as made:
        made.writestr("F-F_Research_Data_Factors_daily.CSV", text.replace("\n", "\r\n"))
    return packed.getvalue()


def answer(asked: Asked, desk: Desk) -> Reply:
    if asked.path != "/F-F_Research_Data_Factors_daily_CSV.zip":
        return 404, {}, b"<html>Not Found</html>"
    names = "Mkt-RF,SMB,RMW,RF" if desk.series else "Mkt-RF,SMB,HML,RF"
    days = DAYS[:60] if desk.stale else DAYS
    return 200, {"Content-Type": "application/x-zip-compressed"}, file(days, names)


VENDOR = SeriesVendor(
    series_id="daily/HML",
    now_ns=NOW,
    start_ns=ns(datetime(2024, 1, 1, tzinfo=UTC)),
    end_ns=ns(datetime(2025, 1, 1, tzinfo=UTC)),
    held=tuple(
        Value(ns(datetime(day.year, day.month, day.day, tzinfo=UTC)), None, returns(n)[2], "percent")
        for n, day in enumerate(DAYS)
        if n != 20
    ),
    answer=answer,
    unknown=("daily/NOPE", answer(Asked("/F-F_Research_Data_Factors_daily_CSV.zip", {}, {}), Desk(NOW))),
    limited=(429, {}, b"slow down"),
    content_type="application/x-zip-compressed",
    fresh_ns=60 * DAY,
)
