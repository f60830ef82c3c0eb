# One image for every service: the command chooses which.
FROM python:3.13-slim AS build
WORKDIR /attune
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY services services
COPY shared shared
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e .

FROM python:3.13-slim
RUN useradd --system --uid 10001 attune
COPY --from=build /venv /venv
COPY --from=build /attune /attune
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /attune
USER attune
ENTRYPOINT ["python", "-m"]
