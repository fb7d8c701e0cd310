# The service alone: it needs a PostgreSQL server in APQA_DATABASE_URL. `docker run … migrate` prepares the database.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements/ requirements/
RUN python -m venv /opt/apqa && /opt/apqa/bin/pip install --require-hashes -r requirements/runtime.txt
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY alembic/ alembic/
COPY app/ app/
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheel && /opt/apqa/bin/pip install --no-deps /wheel/*.whl

FROM python:3.12-slim
COPY --from=build /opt/apqa /opt/apqa
RUN install -d -o 10001 -g 10001 -m 0700 /data
ENV PATH=/opt/apqa/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 APQA_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client as h, sys; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["apqa"]
CMD ["serve", "--host", "0.0.0.0"]
