/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.opensearch.secure_sm.AccessController;

/**
 * Fetches files of models over HTTP, from below URLs alone that the node's administrator has
 * listed. Redirects are followed to such URLs only, and no host is asked whose address is of the
 * link: there, clouds keep the credentials of their machines. What comes is verified by who stores
 * it. Thread-safe.
 */
final class ModelDownloads {

  private static final int CONNECT_MILLIS = 10_000;
  private static final int READ_MILLIS = 60_000;
  private static final int MAX_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /** A file of 4 GiB takes as long at 10 Mbit/s; a server that sends slower holds a thread. */
  private static final Duration MAX_TIME = Duration.ofHours(1);

  /**
   * A part of a path that leads up, in whatever encoding a server may undo, or with what a server
   * may cut off it.
   */
  private static final Pattern LEADS_UP =
      Pattern.compile(
          "(?i).*(?:/|%(?:25)*(?:2f|5c))(?:\\.|%(?:25)*2e){2}(?:[/;]|%(?:25)*(?:2f|5c|3b)|$).*");

  private final List<URI> allowed;
  private final long limit;
  private final LongSupplier nanos;

  /**
   * Makes the place to fetch from.
   *
   * @param allowed what URLs may begin with; {@code https}, or {@code http}, with a host
   * @param limit bytes of one model's files together
   * @param nanos the time
   * @throws IllegalArgumentException when one is no such URL
   */
  ModelDownloads(List<String> allowed, long limit, LongSupplier nanos) {
    this.allowed = allowed.stream().map(ModelDownloads::prefix).toList();
    this.limit = limit;
    this.nanos = nanos;
  }

  private static URI prefix(String url) {
    URI uri = URI.create(url).normalize();
    if (uri.getHost() == null || uri.getPath().endsWith("/") == false || isHttp(uri) == false) {
      throw new IllegalArgumentException(
          "a URL to fetch models from must be [https://host/.../] or [http://host/.../], got ["
              + url
              + "]");
    }
    return uri;
  }

  private static boolean isHttp(URI uri) {
    return "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
  }

  /** Bytes of one model's files together, at most. */
  long limit() {
    return limit;
  }

  /**
   * Opens a file, to be read and closed by the caller.
   *
   * @param base the URL that its path is below
   * @throws ModelException BAD_REQUEST when the URL is not allowed or gives no file
   */
  InputStream open(String base, String path) throws IOException {
    return open(uri(base.endsWith("/") ? base : base + '/').resolve(path));
  }

  /** Opens what a URL gives, to be read and closed by the caller. */
  InputStream open(String url) throws IOException {
    return open(uri(url));
  }

  private static URI uri(String url) {
    try {
      return URI.create(url);
    } catch (IllegalArgumentException e) {
      throw refused("[url] must be a URL, got [" + Excerpt.of(url) + "]", e);
    }
  }

  private InputStream open(URI given) throws IOException {
    URI uri = given;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpURLConnection connection = connect(uri);
      int status = AccessController.doPrivilegedChecked(connection::getResponseCode);
      if (status == HttpURLConnection.HTTP_OK) {
        return new Timed(
            AccessController.doPrivilegedChecked(connection::getInputStream),
            nanos,
            () -> refused(shown(given) + " takes longer than [" + MAX_TIME + "]", null));
      }
      String location = connection.getHeaderField("Location");
      connection.disconnect();
      if (REDIRECTS.contains(status) == false || location == null) {
        throw refused(shown(uri) + " must be a file, but is answered with [" + status + "]", null);
      }
      uri = redirected(uri, location);
    }
    throw refused(shown(given) + " redirects more than [" + MAX_REDIRECTS + "] times", null);
  }

  private static URI redirected(URI from, String location) {
    try {
      return from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw refused(shown(from) + " must redirect to a URL, got [" + Excerpt.of(location) + "]", e);
    }
  }

  private static String shown(URI uri) {
    return "[" + Excerpt.of(uri) + "]";
  }

  private HttpURLConnection connect(URI given) throws IOException {
    URI uri = given.normalize();
    if (allowed.stream().noneMatch(prefix -> isBelow(prefix, uri))) {
      throw refused(
          shown(uri)
              + " must begin with one of "
              + allowed
              + ", the node setting [trident.models.allowed_urls]",
          null);
    }
    checkAddresses(uri);
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    return connection;
  }

  /** The JVM keeps what a name stands for, so that it connects to an address that was checked. */
  private static void checkAddresses(URI uri) {
    InetAddress[] addresses;
    try {
      addresses =
          AccessController.doPrivilegedChecked(() -> InetAddress.getAllByName(uri.getHost()));
    } catch (UnknownHostException e) {
      return; // a proxy may know it; else connecting fails
    }
    for (InetAddress address : addresses) {
      if (address.isLinkLocalAddress()
          || address.isAnyLocalAddress()
          || address.isMulticastAddress()) {
        throw refused(
            shown(uri)
                + " must have a host with an address of its own, got ["
                + address.getHostAddress()
                + "]",
            null);
      }
    }
  }

  private static boolean isBelow(URI prefix, URI uri) {
    return prefix.getScheme().equals(uri.getScheme())
        && prefix.getHost().equalsIgnoreCase(uri.getHost())
        && prefix.getPort() == uri.getPort()
        && uri.getUserInfo() == null
        && uri.getRawPath().startsWith(prefix.getRawPath())
        && LEADS_UP.matcher(uri.getRawPath()).matches() == false;
  }

  private static ModelException refused(String message, Throwable cause) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message, cause);
  }

  /** Ends what comes too slowly, which a timeout of each read alone would let go on for ever. */
  private static final class Timed extends FilterInputStream {
    private final LongSupplier nanos;
    private final long start;
    private final Supplier<ModelException> tooLong;

    private Timed(InputStream in, LongSupplier nanos, Supplier<ModelException> tooLong) {
      super(in);
      this.nanos = nanos;
      this.start = nanos.getAsLong();
      this.tooLong = tooLong;
    }

    private void check() {
      if (nanos.getAsLong() - start > MAX_TIME.toNanos()) {
        throw tooLong.get();
      }
    }

    @Override
    public int read() throws IOException {
      check();
      return super.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      check();
      return super.read(bytes, offset, length);
    }
  }
}
