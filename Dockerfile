# syntax=docker/dockerfile:1
# The program with what requirements.lock pins, in an image without compilers and without root.
FROM python:3.13-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock ./
# Each file is held against its hash; of these, only what the program needs is then installed.
RUN pip download --require-hashes --requirement requirements.lock --dest wheels
COPY pyproject.toml README.md LICENSE ./
COPY api ./api
COPY migrations ./migrations
COPY placement ./placement
COPY providers ./providers
RUN python -m venv /opt/placement \
    && /opt/placement/bin/pip install --no-index --find-links wheels ".[aws,azure,gcp,reports]"
# The optimizer's core is compiled here, once, for any processor: for one alone it would be some percent faster.
ENV NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR=/opt/compiled
WORKDIR /
RUN /opt/placement/bin/python -m placement.optimizer.warm

FROM python:3.13-slim
COPY --from=build /opt/placement /opt/placement
COPY --from=build --chown=65532:65532 /opt/compiled /opt/compiled
ENV PATH=/opt/placement/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR=/opt/compiled
WORKDIR /tmp
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["placement"]
CMD ["serve"]
