"""Currencies of an order: ISO 4217, list one, without funds, metals and test codes."""

from collections.abc import Mapping
from typing import Final

# By the number of decimals of the minor unit.
# https://www.six-group.com/en/products-services/financial-information/data-standards.html
_LIST_ONE: Final[Mapping[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY
COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES
WST XCD XCG YER ZAR ZMW ZWG
""",
    3: "BHD IQD JOD KWD LYD OMR TND",
}

MINOR_UNITS: Final[Mapping[str, int]] = {
    code: decimals for decimals, codes in _LIST_ONE.items() for code in codes.split()
}
"""The number of decimals of each currency's minor unit."""

CODES: Final = frozenset(MINOR_UNITS)
