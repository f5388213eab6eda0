# One image for the API, the worker and the migration; the command says which.

FROM python:3.13-slim AS build
# The version that wrote uv.lock.
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY pyproject.toml uv.lock ./
# Install exactly the packages of the lock, checked against its hashes, without development tools.
RUN UV_PROJECT_ENVIRONMENT=/venv UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy \
    uv sync --locked --no-dev --no-cache

FROM python:3.13-slim
# No shell, no home, and a fixed uid, so that volumes can be given to it.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin livelist \
    && install --directory --owner livelist /data /attachments
COPY --from=build /venv /venv
WORKDIR /app
COPY pyproject.toml ./
COPY migrations ./migrations
COPY shared ./shared
COPY api ./api
COPY realtime ./realtime
COPY worker ./worker
COPY console ./console
COPY web ./web
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
USER livelist
EXPOSE 8000
# /health/live, not /health/ready: a restart of this container does not bring the database back.
# bash, not Python, whose start every 10 s costs more than an idle API.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [[ $status == 200 ]]"]
CMD ["python", "-m", "api"]
