# csvferry for amd64 and arm64: `docker build -t csvferry .`
# Runs as a user without rights, on a read-only root with two writable folders:
#   docker run --read-only --tmpfs /scratch -v csvferry-state:/state csvferry sync s3://bucket/people.csv --to …
FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
RUN python -m venv /opt/csvferry \
 && /opt/csvferry/bin/pip install --no-cache-dir --no-compile '/source[aws]'

FROM python:3.13-slim
COPY --from=build /opt/csvferry /opt/csvferry
RUN useradd --system --uid 10001 --no-create-home csvferry \
 && install --directory --owner csvferry --mode 0700 /scratch /state
ENV PATH=/opt/csvferry/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    TMPDIR=/scratch \
    XDG_STATE_HOME=/state
USER 10001
WORKDIR /scratch
ENTRYPOINT ["csvferry"]
CMD ["--help"]
