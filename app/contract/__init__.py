"""The contract: the OpenAPI document that front ends and school systems build against."""

from app.contract.document import VERSION, ContractFault, build, dump, install, operations, problems
from app.contract.down_convert import down_convert

__all__ = ["VERSION", "ContractFault", "build", "down_convert", "dump", "install", "operations", "problems"]
