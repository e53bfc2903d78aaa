# Usta's image: API, worker and commands alike (`usta serve`, `usta worker`, `usta migrate`, …).
# Not the embedded database: set DATABASE_URL (compose.yaml does).

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1
RUN pip install --no-cache-dir uv
WORKDIR /srv/usta
# The libraries first: they change less often than the code.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-default-groups --extra tracing --no-install-project
COPY api api
COPY agent agent
COPY graphs graphs
COPY tools tools
COPY prompts prompts
COPY services services
COPY db db
COPY evals evals
RUN uv sync --frozen --no-default-groups --extra tracing

FROM python:3.11-slim-bookworm
# What WeasyPrint draws with; the fonts of the documents come with the code.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/usta --create-home usta
COPY --from=build /srv/usta /srv/usta
ENV PATH=/srv/usta/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/tmp \
    USTA_HOME=/var/lib/usta \
    HOST=0.0.0.0 \
    PORT=8000
USER usta
WORKDIR /var/lib/usta
VOLUME /var/lib/usta
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
ENTRYPOINT ["usta"]
CMD ["serve"]
