"""The contract: the OpenAPI document that front ends and school systems build against."""

from app.contract.document import VERSION, build, dump, install, operations, problems
from app.contract.down_convert import down_convert
from app.contract.release_notes import RELEASES, Release
from app.contract.schemas import ContractFault
from app.contract.tags import TAGS

__all__ = [
    "RELEASES",
    "TAGS",
    "VERSION",
    "ContractFault",
    "Release",
    "build",
    "down_convert",
    "dump",
    "install",
    "operations",
    "problems",
]
