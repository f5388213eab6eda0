"""The base class of the settings of a subject, with ENVIRONMENT and DATA_DIR."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

ROOT = Path(__file__).resolve().parent.parent.parent


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


# A list written with commas between its items.
CommaSeparated = Annotated[tuple[str, ...], BeforeValidator(_split)]


class SubjectSettings(BaseModel):
    """Settings of one subject, and the two facts on which the defaults of every subject depend.

    The alias of a field is the name of its environment variable. Variables of other subjects are
    ignored, so that every subject is validated from the same mapping. To change a setting, build the
    settings anew with `Settings.from_variables`: `model_copy` would change one subject only.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        alias="ENVIRONMENT",
        description="`production` refuses unsafe settings and hides /dev/mail and the docs page.",
    )
    data_dir: Path = Field(
        Path("data"),
        alias="DATA_DIR",
        description="Folder of the embedded database, broker, development mail and generated secret.",
    )

    @property
    def in_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    def unsafe_values(self) -> Iterator[str]:
        """Yield one sentence for each value with which production must not start."""
        yield from ()
