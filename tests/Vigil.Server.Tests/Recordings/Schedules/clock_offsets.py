"""Prints a zone's offset from UTC over a span, from the system's tz database: one line `minute-since-1970 offset-minutes` per change.

    clock_offsets.py ZONE FIRST-DAY DAYS
"""
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo



def offset(minute):
    return int(datetime.fromtimestamp(minute * 60, timezone.utc).astimezone(zone).utcoffset().total_seconds()) // 60


zone = ZoneInfo(sys.argv[1])
first = int(datetime.fromisoformat(sys.argv[2]).replace(tzinfo=timezone.utc).timestamp()) // 60
last = None
for quarter in range(first, first + int(sys.argv[3]) * 1440, 15):
    if offset(quarter) != last:
        minute = quarter
        while last is not None and offset(minute - 1) != last:
            minute -= 1
        last = offset(quarter)
        print(minute, last)
