# Two stages: the first compiles and installs, the second only runs. Only large batches are written, to /tmp, so the root file
# system can be read-only: docker run --read-only --tmpfs /tmp --cap-drop ALL -p 8000:8000 IMAGE
ARG BASE_IMAGE=python:3.11.13-slim-bookworm

FROM ${BASE_IMAGE} AS build
SHELL ["/bin/sh", "-eu", "-c"]
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
# What only builds stays behind in this stage, so its versions may be whatever the distribution patched last. The base's Python may
# be its distribution's own, which keeps headers and venv apart.
# hadolint ignore=DL3008
RUN set --; \
    command -v cc || set -- gcc libc6-dev; \
    headers=$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))'); \
    test -e "$headers/Python.h" || set -- "$@" python3-dev python3-venv; \
    if [ $# -gt 0 ]; then \
      apt-get update; \
      apt-get install --yes --no-install-recommends "$@"; \
      rm -rf /var/lib/apt/lists/*; \
    fi
WORKDIR /opt/advisor
COPY requirements/build.txt requirements/run.txt requirements/
# The flags are those of the Makefile, where their reasons stand.
RUN python3 -m venv /opt/venv; \
    /opt/venv/bin/pip install --require-hashes -r requirements/build.txt; \
    CC="cc -O2 -DPyEval_CallObject=PyObject_CallObject -Wno-implicit-function-declaration -Wno-int-conversion" \
      /opt/venv/bin/pip install --require-hashes --no-build-isolation -r requirements/run.txt; \
    find /opt/venv -type d -name tests -prune -exec rm -r {} +; \
    rm -r requirements
COPY LICENSE openapi.yaml ./
COPY rules rules
COPY compile.py pyproject.toml ./
COPY service service
# What only builds or installs is taken out again. A broken rule base makes no image. Bytecode is compiled here and trusted as it
# is: nothing changes it later.
RUN /opt/venv/bin/python compile.py; \
    rm -r build compile.py pyproject.toml; \
    /opt/venv/bin/pip uninstall --yes ast-serialize mypy pathspec setuptools wheel pip; \
    /opt/venv/bin/python -m service check; \
    /opt/venv/bin/python -m compileall -q -f --invalidation-mode unchecked-hash service

FROM ${BASE_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Co-creation Advisor" \
      org.opencontainers.image.description="An organisation's profile goes in, explained advice on co-creation comes out." \
      org.opencontainers.image.licenses="EUPL-1.2" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV HOST=0.0.0.0 \
    PATH=/opt/venv/bin:${PATH} \
    PORT=8000 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/advisor /opt/advisor
WORKDIR /opt/advisor
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python3", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/health/ready'); sys.exit(c.getresponse().status != 200)"]
CMD ["python3", "-m", "service", "serve"]
