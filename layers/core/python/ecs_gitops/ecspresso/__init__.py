"""ecspresso's files → manifests; the door is `configuration`."""
