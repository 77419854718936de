"""What the command line adds to the settings of its parts."""

from pathlib import Path

from pydantic import Field

from tickql.api.settings import ApiSettings


class Settings(ApiSettings):
    """All settings, from the environment (`TICKQL_...`) or given by name."""

    data: Path = Field(Path(".tickql"), description="Folder for the embedded Redis server's history and for log files.")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
