/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * Settings of a fusion that a request may name instead of writing them. Its legs are told by their
 * names, or, where one of the two has none, by their places.
 *
 * @param legs the names of the legs
 * @param settings as many weights, and what else is set
 * @param map from scores to relevance, or null
 */
public record FusionProfile(List<String> legs, FusionSettings settings, ScoreMap map)
    implements Writeable {

  /** The option of a fusion that names a profile. */
  public static final String NAME = "profile";

  private static final String FIRST_STAGE_WEIGHT = "first_stage_weight";

  private static final OptionParser READER = new OptionParser("[" + NAME + "]");

  public FusionProfile {
    legs = List.copyOf(legs);
    if (legs.isEmpty() || legs.size() > FusionQueryBuilder.MAX_LEGS) {
      throw new IllegalArgumentException(
          READER.owner()
              + " must have 1 to "
              + FusionQueryBuilder.MAX_LEGS
              + " [legs], got ["
              + legs.size()
              + "]");
    }
    if (Set.copyOf(legs).size() < legs.size()) {
      throw new IllegalArgumentException(
          READER.owner() + " must have legs with names of their own, got " + Excerpt.of(legs));
    }
    if (map != null) {
      map.check(READER.owner(), legs);
    }
  }

  /** A profile of settings alone. */
  public FusionProfile(List<String> legs, FusionSettings settings) {
    this(legs, settings, null);
  }

  /** Reads a profile from another node. */
  FusionProfile(StreamInput in) throws IOException {
    this(in.readStringList(), new FusionSettings(in), in.readOptionalWriteable(ScoreMap::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeStringCollection(legs);
    settings.writeTo(out);
    out.writeOptionalWriteable(map);
  }

  /** Reads the JSON of {@link #toMap}. */
  public static FusionProfile parse(String json) {
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            NamedXContentRegistry.EMPTY, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, json)) {
      parser.nextToken();
      Body body = new Body();
      READER.parse(parser, body::option);
      return body.profile();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          READER.owner() + " must be an object that can be read: " + Excerpt.of(e.getMessage()), e);
    }
  }

  /** What JSON says; the options refuse what a fusion refuses. */
  private static final class Body {
    private final FusionOptions options = new FusionOptions();
    private final List<String> names = new ArrayList<>();
    private final List<Float> weights = new ArrayList<>();
    private Float firstStageWeight;
    private ScoreMap map;

    private boolean option(String key, XContentParser parser) throws IOException {
      switch (key) {
        case "legs" -> {
          READER.array(parser);
          while (parser.nextToken() != Token.END_ARRAY) {
            new Leg(names.size() + 1).parse(parser, this);
          }
        }
        case MinRelevance.NAME -> {
          ScoreMap.Body body = new ScoreMap.Body();
          READER.parse(parser, (option, value) -> body.parse(option, value, READER));
          map = body.map();
        }
        case FIRST_STAGE_WEIGHT -> firstStageWeight = share(READER.number(parser));
        case "combination", "normalization", "rank_constant", "window" -> {
          return options.parse(key, parser, READER);
        }
        default -> {
          return false;
        }
      }
      return true;
    }

    private FusionProfile profile() {
      return new FusionProfile(
          names,
          new FusionSettings(options.fusion(), options.window(), weights, firstStageWeight),
          map);
    }

    private static float share(float value) {
      if (value < 0 || value > 1) {
        throw new IllegalArgumentException(
            READER.owner()
                + " must have a ["
                + FIRST_STAGE_WEIGHT
                + "] of 0 to 1, got ["
                + value
                + "]");
      }
      return value;
    }
  }

  /** The weight of a leg. */
  private static final class Leg {
    private String name;
    private float weight = 1;

    private Leg(int number) {
      name = FusionLeg.unnamed(number);
    }

    private void parse(XContentParser parser, Body body) throws IOException {
      READER.parse(
          parser,
          (key, value) -> {
            switch (key) {
              case "name" -> name = READER.string(value);
              case "weight" -> weight = FusionLeg.positive(name, READER.number(value));
              default -> {
                return false;
              }
            }
            return true;
          });
      body.names.add(name);
      body.weights.add(weight);
    }
  }

  /** The profile as JSON has it, with the names of a fusion's options. */
  public Map<String, Object> toMap() {
    RankFusion fusion = settings.fusion();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("combination", fusion.combination().toString());
    if (fusion.combination() == Combination.RRF) {
      map.put("rank_constant", fusion.rankConstant());
    } else {
      map.put("normalization", fusion.normalization().toString());
    }
    map.put("window", settings.window());
    if (settings.firstStageWeight() != null) {
      map.put(FIRST_STAGE_WEIGHT, settings.firstStageWeight());
    }
    List<Map<String, Object>> weighted = new ArrayList<>();
    for (int leg = 0; leg < legs.size(); leg++) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", legs.get(leg));
      one.put("weight", settings.weights().get(leg));
      weighted.add(one);
    }
    map.put("legs", weighted);
    if (this.map != null) {
      map.put(MinRelevance.NAME, this.map.toMap());
    }
    return map;
  }

  /** The JSON that {@link #parse} reads. */
  public String toJson() {
    try (XContentBuilder json = JsonXContent.contentBuilder()) {
      return BytesReference.bytes(json.map(toMap())).utf8ToString();
    } catch (IOException e) {
      throw new IllegalStateException("a profile has no JSON", e);
    }
  }

  /**
   * A profile and what it is called.
   *
   * @param name the name
   * @param profile the profile
   */
  record Named(String name, FusionProfile profile) implements Writeable {

    Named(StreamInput in) throws IOException {
      this(in.readString(), new FusionProfile(in));
    }

    /** The profile of a name. */
    static Named of(String name, Map<String, FusionProfile> stored) {
      FusionProfile profile = stored.get(name);
      if (profile == null) {
        throw new IllegalArgumentException(
            READER.owner()
                + " must be one of "
                + Excerpt.of(new TreeSet<>(stored.keySet()))
                + ", got ["
                + Excerpt.of(name)
                + "]");
      }
      return new Named(name, profile);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeString(name);
      profile.writeTo(out);
    }

    /** The legs with the weights of the profile, but for those whose weight the request says. */
    List<FusionLeg> weighed(List<FusionLeg> legs) {
      List<String> order = order(legs);
      List<FusionLeg> weighed = new ArrayList<>(legs.size());
      for (int leg = 0; leg < legs.size(); leg++) {
        float weight = profile.settings.weights().get(profile.legs.indexOf(order.get(leg)));
        weighed.add(legs.get(leg).weighted() ? legs.get(leg) : legs.get(leg).withWeight(weight));
      }
      return weighed;
    }

    /** The map of the profile by the names of the legs, or null. */
    ScoreMap map(List<FusionLeg> legs) {
      return profile.map == null ? null : profile.map.renamed(order(legs), legs);
    }

    /** What the profile calls each of the legs. */
    private List<String> order(List<FusionLeg> legs) {
      List<String> names = legs.stream().map(FusionLeg::name).toList();
      List<String> order = new HashSet<>(names).equals(Set.copyOf(profile.legs)) ? names : null;
      if (order == null
          && names.size() == profile.legs.size()
          && (areUnnamed(names) || areUnnamed(profile.legs))) {
        order = profile.legs;
      }
      if (order == null) {
        throw new IllegalArgumentException(
            READER.owner()
                + " ["
                + Excerpt.of(name)
                + "] is of a fusion with the legs "
                + Excerpt.of(profile.legs)
                + ", got "
                + Excerpt.of(names));
      }
      return order;
    }

    private static boolean areUnnamed(List<String> names) {
      return IntStream.range(0, names.size())
          .allMatch(leg -> names.get(leg).equals(FusionLeg.unnamed(leg + 1)));
    }
  }
}
