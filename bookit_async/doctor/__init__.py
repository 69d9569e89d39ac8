"""Asks the service, fact by fact, whether what this package takes for true is so; `python -m bookit_async.doctor`."""

from .diagnosis import diagnose
from .examination import Asked
from .facts import FACTS, Fact
from .judging import Advice, Finding
from .report import Report
from .watch import ContractWatch

__all__ = ["FACTS", "Advice", "Asked", "ContractWatch", "Fact", "Finding", "Report", "diagnose"]
