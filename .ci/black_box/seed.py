"""Fills an empty library through its API: members, books, cards, one with books out and one that owes a fee."""

import datetime
import json
import sys
import urllib.request

MEMBERS = ["ada", "ben", "cho"]
BOOKS = [101, 102, 103, 104, 105, 106]


def main(url):
    for member in MEMBERS:
        post(url, "/v1/members", {"id": member, "name": member.title()})
        post(url, f"/v1/members/{member}/points/save", {"amount": 500})
        post(url, "/v1/rental-cards", {"memberId": member})
    for book in BOOKS:
        post(url, "/v1/books", {"no": book, "title": f"Volume {book}", "available": True})
    today = datetime.date.today()
    long_ago, late = str(today - datetime.timedelta(days=60)), str(today - datetime.timedelta(days=20))
    post(url, "/v1/rental-cards/ada/rent", {"bookNo": 101})
    post(url, "/v1/rental-cards/ben/rent", {"bookNo": 102, "on": long_ago})
    post(url, "/v1/rental-cards/ben/return", {"bookNo": 102, "on": late})
    post(url, "/v1/rental-cards/cho/rent", {"bookNo": 103, "on": long_ago})


def post(url, path, body):
    headers = {"content-type": "application/json", "prefer": "wait=10"}
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        if answer.status not in (200, 201):
            sys.exit(f"seed: {path} was answered {answer.status}: {answer.read().decode()}")


main(sys.argv[1])
