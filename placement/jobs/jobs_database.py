"""Where the durable jobs are kept: on a server in the same database, beside a SQLite file in a file of their own."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from placement.domain.errors import BadInput

_SUFFIX = ".jobs"


@dataclass(frozen=True, slots=True)
class JobsDatabase:
    """The database of the jobs of a store."""

    url: str
    file: Path | None
    """None on a server, which several processes may share."""

    @classmethod
    def beside(cls, database_url: str) -> "JobsDatabase":
        """For the store at this URL; raises BadInput for one in memory, which no other process could see."""
        if not database_url.startswith("sqlite"):
            # The store takes the scheme in any of its usual forms.
            return cls(f"postgresql://{database_url.partition('://')[2]}", None)
        named = urlsplit(database_url).path.removeprefix("/")
        if named in ("", ":memory:"):
            raise BadInput("jobs need a database that lasts; name a file: sqlite:///FILE")
        file = Path(f"{Path(named).absolute()}{_SUFFIX}")
        return cls(f"sqlite:///{file}", file)
