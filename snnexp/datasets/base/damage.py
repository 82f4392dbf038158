"""The error for files that are not what their set's publisher made."""

from snnexp.errors import UserError


class BrokenData(UserError):
    """Files are missing or damaged. `fetchable` says whether fetching the set replaces them."""

    def __init__(self, cause: str, remedy: str = "", fetchable: bool = False) -> None:
        super().__init__(f"{cause}; {remedy}" if remedy else cause)
        self.cause = cause
        self.fetchable = fetchable
