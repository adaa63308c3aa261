/**
 * The page that shows why a hit is there: constants of the JAR, whose script asks the existing APIs
 * with the reader's own credentials.
 */
package io.trident.plugin.page;
