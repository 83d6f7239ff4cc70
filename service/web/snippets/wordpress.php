<?php
/* Plugin Name: Co-creation advice. Put [co_creation_advice] on the page. WordPress 6.5 or later. */
add_action('wp_enqueue_scripts', function () {
    wp_enqueue_script_module('co-creation-advice', 'https://advice.example.org/widget/v1/widget.js', array(), null);
});
add_shortcode('co_creation_advice', fn () => '<co-creation-advice language="nl"></co-creation-advice>');
