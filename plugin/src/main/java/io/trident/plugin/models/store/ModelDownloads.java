/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.opensearch.secure_sm.AccessController;

/**
 * Fetches files of models over HTTP, from below URLs alone that the node's administrator has
 * listed. Redirects are followed to such URLs only. What comes is verified by who stores it.
 * Thread-safe.
 */
final class ModelDownloads {

  private static final int CONNECT_MILLIS = 10_000;
  private static final int READ_MILLIS = 60_000;
  private static final int MAX_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final List<URI> allowed;
  private final long limit;

  /**
   * Makes the place to fetch from.
   *
   * @param allowed what URLs may begin with; {@code https}, or {@code http}, with a host
   * @param limit bytes of one model's files together
   * @throws IllegalArgumentException when one is no such URL
   */
  ModelDownloads(List<String> allowed, long limit) {
    this.allowed = allowed.stream().map(ModelDownloads::prefix).toList();
    this.limit = limit;
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
      throw refused("[url] must be a URL, got [" + url + "]: " + e.getMessage(), e);
    }
  }

  private InputStream open(URI given) throws IOException {
    URI uri = given;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpURLConnection connection = connect(uri);
      int status = AccessController.doPrivilegedChecked(connection::getResponseCode);
      if (status == HttpURLConnection.HTTP_OK) {
        return AccessController.doPrivilegedChecked(connection::getInputStream);
      }
      String location = connection.getHeaderField("Location");
      connection.disconnect();
      if (REDIRECTS.contains(status) == false || location == null) {
        throw refused("[" + uri + "] must be a file, but is answered with [" + status + "]", null);
      }
      uri = uri.resolve(location);
    }
    throw refused("[" + given + "] redirects more than [" + MAX_REDIRECTS + "] times", null);
  }

  private HttpURLConnection connect(URI given) throws IOException {
    URI uri = given.normalize();
    if (allowed.stream().noneMatch(prefix -> isBelow(prefix, uri))) {
      throw refused(
          "["
              + uri
              + "] must begin with one of "
              + allowed
              + ", the node setting [trident.models.allowed_urls]",
          null);
    }
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    return connection;
  }

  private static boolean isBelow(URI prefix, URI uri) {
    return prefix.getScheme().equals(uri.getScheme())
        && prefix.getHost().equalsIgnoreCase(uri.getHost())
        && prefix.getPort() == uri.getPort()
        && uri.getUserInfo() == null
        && uri.getRawPath().startsWith(prefix.getRawPath());
  }

  private static ModelException refused(String message, Throwable cause) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message, cause);
  }
}
