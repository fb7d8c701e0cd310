"""What a competent team would write in a day: FastAPI, SQLModel, one session for each request."""
