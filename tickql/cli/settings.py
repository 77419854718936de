"""The settings of the command line: those of the API and the feed, the data folder and the log level."""

from pathlib import Path

from pydantic import Field

from tickql.api.settings import ApiSettings


class Settings(ApiSettings):
    """All settings. They come from the environment (`TICKQL_...`) or are passed by name."""

    data: Path = Field(Path(".tickql"), description="Folder for the embedded Redis server's history and for log files.")
    no_sandbox: bool = Field(
        False, description="Run the browser without its sandbox, as it must be as root, and without a warning."
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port on which the producer serves its metrics at `/metrics`; 0: it does not."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of that port. Whoever reaches it needs no token.")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
