# One image for every service: the command chooses which. Pin by digest as well where your registry is not your own.
FROM python:3.13.9-slim-trixie AS build
WORKDIR /attune
RUN python -m venv /venv
# requirements-traces.lock brings OpenTelemetry along: docker build --build-arg LOCK=requirements-traces.lock .
ARG LOCK=requirements.lock
COPY requirements*.lock ./
# Every package by its hash. Where a proxy signs traffic anew, hand its certificates over for this step alone:
# docker build --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt .
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
    && sed -n '/^setuptools==/,/[^\\]$/p' requirements-dev.lock > setuptools.lock \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r "$LOCK" -r setuptools.lock
COPY pyproject.toml README.md LICENSE ./
COPY services services
COPY shared shared
# The root file system is read-only later: what Python compiles, it compiles now.
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && /venv/bin/pip uninstall --quiet --yes setuptools pip \
    && rm *.lock \
    && python -m compileall -q services shared

FROM python:3.13.9-slim-trixie
# As pyproject.toml has it; docker-compose.yml hands both over, and a test holds them equal.
ARG VERSION=0.1.0
ARG REVISION=""
LABEL org.opencontainers.image.title="attune" \
      org.opencontainers.image.description="A live, explainable, forecastable reading of stakeholder relationships" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="python:3.13.9-slim-trixie" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin attune
COPY --from=build /venv /venv
COPY --from=build /attune /attune
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /attune
USER 10001:10001
ENTRYPOINT ["python", "-m"]
CMD ["services.cli.app", "--help"]
