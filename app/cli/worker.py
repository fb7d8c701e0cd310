"""The service as each of several worker processes imports it."""

import sys

from app import logs
from app.main import served_app
from app.settings import Settings

settings = Settings()
logs.configure(settings.log_level, sys.stdout)
app = served_app(settings)
