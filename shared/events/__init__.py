"""The envelopes and touchpoints that cross the broker, validated strictly."""
