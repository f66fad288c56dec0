"""Writes pickles.json beside this file: what Python pickles, and the JSON that it makes of it."""

import collections
import datetime
import decimal
import json
import pathlib
import pickle

PLAIN = [
    {},
    {"uname": "小明", "n": None, "yes": True, "no": False},
    {"int": [0, 1, -1, 255, 256, 65535, 65536, -(2**31), 2**31, 2**63, -(2**64), 10**400]},
    {"float": [0.0, -0.0, 1.5, 1e16, 1e-7, 5e-324, float("inf"), float("-inf"), float("nan")]},
    {"text": ["", "a" * 300, "é\x00\x7f\u2028\U0001f600\"\\\n"]},
    {"nested": {"list": [[], [[1]], {}], "tuple": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4))}},
    {"keys": {1: "int", True: "bool", None: "none", 1.5: "float", "1": "text"}},
    {str(n): n for n in range(1001)},
    {"list": list(range(1001))},
]
shared = ["shared"]
PLAIN.append({"a": shared, "b": shared, "c": [shared, "shared"]})

endless = []
endless.append(endless)
bomb = ["x" * 100]
for _ in range(60):
    bomb = [bomb, bomb]
deep = []
for _ in range(200):
    deep = [deep]


class Evil:
    def __reduce__(self):
        return print, ("this must never be called",)


REFUSED = {
    "NotPlain": [
        {"bytes": b"x"},
        {"set": {1}},
        {"frozen": frozenset([1])},
        {"date": datetime.datetime(2026, 1, 1)},
        {"decimal": decimal.Decimal("1.10")},
        {"ordered": collections.OrderedDict(a=1)},
        {"evil": Evil()},
        {"class": Evil},
        {"key": {(1, 2): 3}},
        {"half": "\ud800"},
    ],
    "TooDeep": [{"endless": endless}, {"deep": deep}],
    "TooLarge": [{"bomb": bomb}],
}


def main():
    cases = []
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        for data in PLAIN:
            text = json.dumps(data, separators=(",", ":"))
            cases.append({"pickle": pickle.dumps(data, protocol).hex(), "json": text})
        for why, refused in REFUSED.items():
            for data in refused:
                cases.append({"pickle": pickle.dumps(data, protocol).hex(), "refused": why})
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases, indent=0) + "\n")


main()
