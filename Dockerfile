# The service as an image: its program and what it says about its health, run by nobody in particular.
#
#   docker build --tag rental:0.1.0 .
#   docker run --publish 127.0.0.1:8080:8080 --volume rental:/data rental:0.1.0 serve --allow-anonymous
#
# BUILD_IMAGE  has Rust, make and a C++ compiler; RUN_IMAGE  has the C library and bash. Where they are of one system, any will do.
# PROGRAM      an image with /out/rental, instead of building it here
ARG BUILD_IMAGE=rust:1.95.0-bookworm
ARG RUN_IMAGE=debian:12.11-slim
ARG PROGRAM=built

FROM ${BUILD_IMAGE} AS built
ARG FEATURES=sqlite,postgres,mongo,kafka
WORKDIR /source
COPY . .
ENV CARGO_HOME=/cargo CARGO_TARGET_DIR=/target CARGO_PROFILE_RELEASE_STRIP=symbols
# What was fetched and built stays with the builder, and not in the image: the next build takes what has changed.
RUN --mount=type=cache,target=/cargo --mount=type=cache,target=/target \
    cargo build --release --locked --package bootstrap --no-default-features --features "${FEATURES}" \
    && install -D /target/release/rental /out/rental

FROM ${PROGRAM} AS program

FROM ${RUN_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="rental" \
      org.opencontainers.image.description="An event-sourced library rental service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin rental \
    && install -d -o rental -g rental -m 750 /data
COPY LICENSE-* /usr/share/doc/rental/
COPY infra/is-ready /usr/local/bin/is-ready
COPY --from=program /out/rental /usr/local/bin/rental
# Where it listens in the container; whom the host lets in says who publishes the port, and `--allow-anonymous` that this is meant.
ENV RENTAL__HTTP__ADDRESS=0.0.0.0:8080 RENTAL__DATA__DIR=/data
USER rental
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["is-ready"]
ENTRYPOINT ["rental"]
CMD ["serve"]
